#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "sched/executor.h"
#include "sched/start_verdict.h"

namespace shoal {

/// What it takes to start commands cold and warm on trial.
class StartTrials {
 public:
  virtual ~StartTrials() = default;
  virtual bool can_start_warm(const AttemptSpec& spec) const = 0;
  /// An attempt of the same number that runs the trial instead of the command.
  /// nullopt: this attempt is none to be judged by. Error: commands like it
  /// cannot be tried; its message is the rest of a sentence "because ...".
  virtual Expected<std::optional<AttemptSpec>> prepare(const AttemptSpec& spec) = 0;
  /// What the trial that ended so has found.
  virtual VerifiedStart verdict(const AttemptResult& trial) = 0;
};

struct StartVerifierOptions {
  std::function<std::uint64_t(CommandId)> kind_of;
  std::map<std::uint64_t, StartVerdict> known;  // by kind; not tried again
};

/// Stands between a run and its executor, and lets a command start warm only if
/// the first one of its kind left the same when it was started cold and warm.
/// Before that one's own attempt its trial runs in the same slot; others of the
/// kind start cold meanwhile. If then its attempt ends with another exit code
/// than in the scratch copy, nothing is known. All on the event loop's thread.
class StartVerifier : public Executor, public ExecutorEvents {
 public:
  /// `events` hear of the attempts, and of the verdicts.
  StartVerifier(ExecutorEvents& events, StartVerifierOptions options);
  /// Before anything is started. `executor` tells this object of its attempts;
  /// both must live as long as anything runs.
  void use(Executor& executor, StartTrials& trials);

  void start(AttemptSpec spec) override;
  void cancel(CommandId command, AttemptNumber attempt) override;
  std::optional<RunningLog> log_of(CommandId command) const override;

  void on_ended(AttemptResult result) override;
  void on_uploading(CommandId command, AttemptNumber attempt) override;

 private:
  struct Trial {
    AttemptSpec spec;  // that waits for it
    std::uint64_t kind = 0;
    bool cancelled = false;
  };
  void try_first(AttemptSpec spec, std::uint64_t kind);
  void start_cold(AttemptSpec spec);
  void compare_with_trial(const AttemptResult& result);
  void conclude(std::uint64_t kind, VerifiedStart verified);

  ExecutorEvents& events_;
  StartVerifierOptions options_;
  Executor* executor_ = nullptr;
  StartTrials* trials_ = nullptr;
  std::map<CommandId, Trial> under_way_;
  std::set<std::uint64_t> kinds_under_way_;
  struct Found {
    std::uint64_t kind = 0;
    int exit_code = 0;
  };
  std::map<CommandId, Found> found_equal_;  // whose own attempts run
};

}  // namespace shoal
