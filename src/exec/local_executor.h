#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "exec/guardian.h"
#include "exec/shell.h"
#include "sched/executor.h"

namespace shoal {

struct LocalExecutorOptions {
  std::string working_directory;  // absolute
  std::string run_folder;         // `.shoal/runs/RUN`, absolute: for all that is shoal's own
  /// The name of the worker that this is, which is a file's name: its slot logs
  /// are run_folder/logs/WORKER/slot-N.log, appended to, and its results name
  /// it. Empty: the tasker's own machine, with run_folder/logs/slot-N.log.
  std::string worker;
  Shell shell;
  std::uint32_t slots = 1;
  std::uint64_t memory_limit = 0;  // bytes of the cgroup or machine, to judge "out of memory" where
                                   // the kernel does not count its kills; 0: unknown
  /// Open file descriptors that the guardian keeps while it kills what is left
  /// of a dead shoal (the run's lock).
  std::vector<int> kept_open;
  int lease_folder = -1;  // open descriptor; see Guardian::create
  /// Where it is kept what Python programs import (absolute), so that they can
  /// start warm (docs/warm-start.md). Empty: every command starts cold.
  std::string warm_knowledge = {};
  std::chrono::seconds warm_patience{15};  // with an import that does not end
};

/// Runs attempts as processes of this machine; docs/execution.md tells how.
/// Not thread-safe: everything happens on the io_context's thread, which must
/// be the thread that made the executor (PR_SET_PDEATHSIG follows the thread,
/// prctl(2)).
class LocalExecutor : public Executor {
 public:
  /// `io` and `events` must outlive the executor. Makes the log folder, opens
  /// the logs and forks the guardian.
  static Expected<std::unique_ptr<LocalExecutor>> create(asio::io_context& io,
                                                         ExecutorEvents& events,
                                                         LocalExecutorOptions options);
  /// Kills what still runs; nothing is reported of it.
  ~LocalExecutor() override;

  void start(AttemptSpec spec) override;
  void cancel(CommandId command, AttemptNumber attempt) override;

  /// An attempt whose processes the guardian kills at the deadline, even if
  /// this process stands still then. It must be started with one to be extended.
  void start_until(AttemptSpec spec, BootInstant deadline);
  void extend(CommandId command, AttemptNumber attempt, BootInstant deadline);
  Guardian& guardian();

  std::optional<RunningLog> log_of(CommandId command) const override;

  /// Whether the command would be started warm, as far as can be told before.
  bool can_start_warm(const AttemptSpec& spec) const;
  /// Why commands started cold that could have started warm; empty: nothing
  /// went wrong.
  std::string warm_trouble() const;

  /// Whether some thread-pool variable is set for commands, because the user's
  /// environment leaves it open.
  bool limits_threads() const;

 private:
  class Impl;
  explicit LocalExecutor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
