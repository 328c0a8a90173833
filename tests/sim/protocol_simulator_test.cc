// Tasker and workers under a seeded scheduler with a bad broker, a bad volume
// and crashes.
//
//   sim_test                          as the other tests
//   sim_test --seed N [--trace]       one seed; what happened, with --trace
//
// SHOAL_SIM_SEEDS says how many seeds to try (2,000 by default).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "tests/sim/world.h"

namespace shoal::sim {
namespace {

std::uint64_t seeds() {
  const char* text = std::getenv("SHOAL_SIM_SEEDS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 2'000;
}

std::optional<std::string> run(std::uint64_t seed, Mutation mutation = Mutation::none,
                               bool trace = false) {
  return World(Options{seed, mutation, trace}).run();
}

TEST(ProtocolSimulator, KeepsThePromisesWhateverFails) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const auto broken = run(seed);
    ASSERT_FALSE(broken) << *broken << "\nSee it again: sim_test --seed " << seed << " --trace";
  }
}

class BrokenRule : public testing::TestWithParam<std::pair<const char*, Mutation>> {};

TEST_P(BrokenRule, IsNoticed) {
  std::uint64_t seed = 1;
  while (seed <= seeds() && !run(seed, GetParam().second)) ++seed;
  EXPECT_LE(seed, seeds()) << "no seed notices it";
}

INSTANTIATE_TEST_SUITE_P(ProtocolSimulator, BrokenRule,
                         testing::Values(std::pair("AcknowledgeBeforeConfirm",
                                                   Mutation::acknowledge_before_confirm),
                                         std::pair("NoLease", Mutation::no_lease),
                                         std::pair("NoFence", Mutation::no_fence),
                                         std::pair("NoDedupe", Mutation::no_dedupe),
                                         std::pair("NoMark", Mutation::no_mark),
                                         std::pair("OldPulse", Mutation::old_pulse)),
                         [](const auto& rule) { return std::string(rule.param.first); });

}  // namespace
}  // namespace shoal::sim

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) != "--seed") continue;
    const bool trace = argc > i + 2 && std::string_view(argv[i + 2]) == "--trace";
    const auto broken =
        shoal::sim::run(std::strtoull(argv[i + 1], nullptr, 10), shoal::sim::Mutation::none, trace);
    fmt::print("{}\n", broken.value_or("every promise was kept"));
    return broken ? 1 : 0;
  }
  return RUN_ALL_TESTS();
}
