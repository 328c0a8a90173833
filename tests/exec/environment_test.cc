#include "exec/environment.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal {
namespace {

std::vector<std::string> strings(char* const* variables) {
  std::vector<std::string> found;
  for (; *variables != nullptr; ++variables) found.emplace_back(*variables);
  return found;
}

TEST(Environments, InheritShoalsWithTheFolderAsPwd) {
  const char* inherited[] = {"A=1", "PWD=/elsewhere", "B=", nullptr};
  Environments environments(inherited, "/run");
  EXPECT_EQ(strings(environments.with_threads(0)),
            (std::vector<std::string>{"A=1", "B=", "PWD=/run"}));
  EXPECT_EQ(environments.value("A"), "1");
  EXPECT_EQ(environments.value("B"), "");
  EXPECT_EQ(environments.value("PWD"), "/run");
  EXPECT_EQ(environments.value("C"), "");
}

TEST(Environments, SetEachThreadPoolThatTheUserDidNot) {
  const char* inherited[] = {"OMP_NUM_THREADS=8", "MKL_NUM_THREADS=", nullptr};
  Environments environments(inherited, "/");
  EXPECT_TRUE(environments.limits_threads());
  EXPECT_EQ(strings(environments.with_threads(2)),
            (std::vector<std::string>{"OMP_NUM_THREADS=8", "MKL_NUM_THREADS=", "PWD=/",
                                      "OPENBLAS_NUM_THREADS=2", "NUMEXPR_NUM_THREADS=2"}));
}

TEST(Environments, AreMadeOncePerSize) {
  const char* inherited[] = {nullptr};
  Environments environments(inherited, "/");
  char* const* two = environments.with_threads(2);
  char* const* four = environments.with_threads(4);
  EXPECT_NE(two, four);
  EXPECT_EQ(two, environments.with_threads(2));
}

TEST(Environments, LimitNothingWhereTheUserSetAll) {
  const char* inherited[] = {"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1",
                             "NUMEXPR_NUM_THREADS=1", nullptr};
  EXPECT_FALSE(Environments(inherited, "/").limits_threads());
}

}  // namespace
}  // namespace shoal
