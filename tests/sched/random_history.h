#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "plan/graph.h"
#include "sched/scheduler.h"

namespace shoal::testing {

/// Random numbers that are the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// 0 to sides - 1.
  std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(engine_() % sides); }
  bool chance(std::uint32_t percent) { return roll(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

/// A random jobs file: a graph, kept a second time as plain lists of edges so
/// that the checks share nothing with the code that they check.
struct RandomJobs {
  struct PlainEdge {
    std::uint32_t from = 0;
    EdgeKind kind = EdgeKind::order;
  };

  explicit RandomJobs(Dice& dice);

  std::uint32_t commands = 0;
  std::uint32_t nodes = 0;                           // with joins
  std::vector<std::vector<PlainEdge>> predecessors;  // by node number
  Graph graph;
  std::vector<Directives> directives;  // by command number
  std::vector<std::uint64_t> shapes;   // by command number
  std::vector<bool> exits_on_error;    // by command number
  SchedulerOptions options;
};

/// How one session of a run goes.
struct Nature {
  std::uint32_t percent_bad = 0;        // of the attempts that end
  std::uint32_t percent_duplicate = 0;  // of the reports that come twice
  std::uint32_t percent_stop = 0;       // of the steps at which somebody drains or aborts
  bool set_e = false;                   // RandomJobs::exits_on_error holds
};

/// A fake executor that plays one session and checks, at every step, all that
/// must hold. What does not is in `broken`; nothing more is played then.
class Session {
 public:
  Session(const RandomJobs& jobs, const Nature& nature, Dice& dice, ShapeHistory& history,
          const Scheduler::Resume& resume);

  /// Until the scheduler says that it is finished.
  void play();

  const std::string& broken() const { return broken_; }
  bool stopped() const { return stopped_; }
  const Scheduler::Counts& counts() const { return scheduler_.counts(); }
  /// What the next session of the run is told.
  Scheduler::Resume resume() const;

 private:
  struct Running {
    CommandId command{};
    AttemptNumber attempt{};
    double cpus = 0;
    std::uint64_t memory = 0;
    Instant since{};
  };

  void take_event();
  void end_some_attempt();
  EndClass random_end();
  void carry_out(const Actions& actions);
  void check_settled(const SettleAction& settled);
  void check_started(const StartAction& start);
  void check_room();
  void check_counts();
  void check_end();
  void check_estimate();
  void require(bool holds, const std::string& what, CommandId command = CommandId::none);

  bool is_terminal_node(std::uint32_t node) const;
  bool has_bad_data_source(std::uint32_t command) const;
  std::optional<Incomplete> recount(std::uint32_t command) const;

  const RandomJobs& jobs_;
  Nature nature_;
  Dice& dice_;
  std::vector<bool> done_before_;        // by command number
  std::vector<std::uint32_t> attempts_;  // by command number
  std::vector<CommandState> states_;     // by command number, as the actions say
  std::vector<AttemptResult> ended_;     // reports, to repeat some
  std::vector<Running> running_;
  std::vector<std::pair<CommandId, AttemptNumber>> cancelled_;
  Scheduler scheduler_;
  Instant now_{};
  bool begun_ = false;
  bool stopped_ = false;  // drained, aborted, halted, ended shell
  bool aborted_ = false;
  bool finished_ = false;
  std::string broken_;
};

}  // namespace shoal::testing
