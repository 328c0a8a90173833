#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <optional>

#include "exec/local_executor.h"
#include "sched/executor.h"

namespace shoal {

/// A LocalExecutor with something to be done after its commands.
class FollowedExecutor : public Executor {
 public:
  /// As LocalExecutor::create; without `make_follow_up` nothing is done after.
  static Expected<std::unique_ptr<FollowedExecutor>> create(asio::io_context& io,
                                                            ExecutorEvents& events,
                                                            LocalExecutorOptions options,
                                                            const MakeFollowUp& make_follow_up);

  void start(AttemptSpec spec) override;
  void start_until(AttemptSpec spec, BootInstant deadline);
  void cancel(CommandId command, AttemptNumber attempt) override;
  std::optional<RunningLog> log_of(CommandId command) const override;

  LocalExecutor& processes() { return *processes_; }
  const LocalExecutor& processes() const { return *processes_; }

 private:
  FollowedExecutor() = default;
  std::unique_ptr<FollowUp> follow_up_;  // may be null; hears of the processes
  std::unique_ptr<LocalExecutor> processes_;
};

}  // namespace shoal
