#include "exec/output_check.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(OutputCheck, HearsOfExhaustedMemoryInTheLastWords) {
  EXPECT_TRUE(tells_of_exhausted_memory("Traceback\n  File x\nMemoryError"));
  EXPECT_TRUE(tells_of_exhausted_memory(
      "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 7 GiB\n\n"));
  EXPECT_TRUE(tells_of_exhausted_memory(
      "terminate called\n  what():  std::bad_alloc\nbash: line 1: 12 Aborted  ./p\n"));
}

TEST(OutputCheck, DoesNotMindMemoryErrorsLongBefore) {
  EXPECT_FALSE(tells_of_exhausted_memory("MemoryError\ntrying again\nno such file\n"));
  EXPECT_FALSE(tells_of_exhausted_memory("\n\n"));
  EXPECT_FALSE(tells_of_exhausted_memory(""));
}

}  // namespace
}  // namespace shoal
