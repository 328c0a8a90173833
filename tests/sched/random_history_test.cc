#include "tests/sched/random_history.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>

namespace shoal::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kHistories = 2'000;
#else
constexpr std::uint64_t kHistories = 20'000;
#endif

/// Plays `history` for many seeds, or only for the one in SHOAL_SEED, as the
/// message of a failure says. `history` returns what is broken.
void for_many_seeds(const std::function<std::string(Dice&)>& history) {
  const char* only = std::getenv("SHOAL_SEED");
  const std::uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
  const std::uint64_t last = only == nullptr ? kHistories : first;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    Dice dice(seed);
    const std::string broken = history(dice);
    ASSERT_EQ(broken, "") << "Replay with SHOAL_SEED=" << seed;
  }
}

TEST(RandomHistories, KeepEveryRuleWhateverHappens) {
  for_many_seeds([](Dice& dice) {
    const RandomJobs jobs(dice);
    const Nature nature{.percent_bad = dice.roll(70),
                        .percent_duplicate = dice.roll(30),
                        .percent_stop = dice.chance(30) ? dice.roll(10) : 0,
                        .set_e = dice.chance(20)};
    ShapeHistory history;
    Session session(jobs, nature, dice, history, {});
    session.play();
    return session.broken();
  });
}

TEST(RandomHistories, DoEverythingWhenNothingFails) {
  for_many_seeds([](Dice& dice) {
    const RandomJobs jobs(dice);
    ShapeHistory history;
    Session session(jobs, {}, dice, history, {});
    session.play();
    if (!session.broken().empty()) return session.broken();
    return std::string(session.counts().done == jobs.commands ? "" : "not all are done");
  });
}

TEST(RandomHistories, GoOnAfterEveryStopAndDoNothingTwice) {
  for_many_seeds([](Dice& dice) {
    const RandomJobs jobs(dice);
    ShapeHistory history;
    Scheduler::Resume resume;
    for (std::uint32_t sessions = 0; sessions < 4; ++sessions) {
      const Nature nature{.percent_bad = dice.roll(40),
                          .percent_duplicate = 10,
                          .percent_stop = dice.roll(20),
                          .set_e = dice.chance(20)};
      Session session(jobs, nature, dice, history, resume);
      session.play();
      if (!session.broken().empty()) return session.broken();
      resume = session.resume();
    }
    Session last(jobs, {}, dice, history, resume);
    last.play();
    if (!last.broken().empty()) return last.broken();
    return std::string(last.counts().done == jobs.commands ? "" : "not all are done");
  });
}

}  // namespace
}  // namespace shoal::testing
