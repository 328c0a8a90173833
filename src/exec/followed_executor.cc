#include "exec/followed_executor.h"

#include <utility>

namespace shoal {

Expected<std::unique_ptr<FollowedExecutor>> FollowedExecutor::create(
    asio::io_context& io, ExecutorEvents& events, LocalExecutorOptions options,
    const MakeFollowUp& make_follow_up) {
  std::unique_ptr<FollowedExecutor> made(new FollowedExecutor);
  if (make_follow_up) made->follow_up_ = make_follow_up(events);
  ExecutorEvents& heard = made->follow_up_ ? *made->follow_up_ : events;
  auto processes = LocalExecutor::create(io, heard, std::move(options));
  if (!processes) return tl::unexpected(processes.error());
  made->processes_ = std::move(*processes);
  return made;
}

void FollowedExecutor::start(AttemptSpec spec) {
  if (follow_up_ && !follow_up_->admit(spec)) return;
  processes_->start(std::move(spec));
}

void FollowedExecutor::start_until(AttemptSpec spec, BootInstant deadline) {
  if (follow_up_ && !follow_up_->admit(spec)) return;
  processes_->start_until(std::move(spec), deadline);
}

void FollowedExecutor::cancel(CommandId command, AttemptNumber attempt) {
  if (follow_up_ && follow_up_->cancel(command, attempt)) return;
  processes_->cancel(command, attempt);
}

std::optional<RunningLog> FollowedExecutor::log_of(CommandId command) const {
  return processes_->log_of(command);
}

}  // namespace shoal
