#include "exec/local_executor.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "exec/local_executor_impl.h"
#include "exec/reap.h"

namespace shoal {

LocalExecutor::LocalExecutor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LocalExecutor::~LocalExecutor() = default;

Expected<std::unique_ptr<LocalExecutor>> LocalExecutor::create(asio::io_context& io,
                                                               ExecutorEvents& events,
                                                               LocalExecutorOptions options) {
  FileDescriptor folder = above_standard(FileDescriptor(
      ::open(options.working_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (!folder) {
    return infrastructure_error(options.working_directory,
                                std::string("cannot open the folder: ") + std::strerror(errno));
  }
  FileDescriptor null = above_standard(FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  if (!null) {
    return infrastructure_error("/dev/null", std::string("cannot open: ") + std::strerror(errno));
  }
  keep_dead_children();
  Expected<Guardian> guardian =
      Guardian::create(options.slots, options.kept_open, options.lease_folder);
  if (!guardian) return tl::unexpected(guardian.error());
  auto impl = std::make_unique<Impl>(io, events, std::move(options), std::move(folder),
                                     std::move(null), std::move(*guardian));
  if (Expected<void> opened = impl->open_slots(); !opened) {
    return tl::unexpected(opened.error());
  }
  if (Expected<void> watching = impl->watch_processes(); !watching) {
    return tl::unexpected(watching.error());
  }
  return std::unique_ptr<LocalExecutor>(new LocalExecutor(std::move(impl)));
}

void LocalExecutor::start(AttemptSpec spec) { impl_->start(std::move(spec), BootInstant::zero()); }

void LocalExecutor::start_until(AttemptSpec spec, BootInstant deadline) {
  impl_->start(std::move(spec), deadline);
}

void LocalExecutor::extend(CommandId command, AttemptNumber attempt, BootInstant deadline) {
  impl_->extend(command, attempt, deadline);
}

Guardian& LocalExecutor::guardian() { return impl_->guardian(); }

void LocalExecutor::cancel(CommandId command, AttemptNumber attempt) {
  impl_->cancel(command, attempt);
}

std::optional<RunningLog> LocalExecutor::log_of(CommandId command) const {
  return impl_->log_of(command);
}

bool LocalExecutor::can_start_warm(const AttemptSpec& spec) const {
  return impl_->can_start_warm(spec);
}

std::string LocalExecutor::warm_trouble() const { return impl_->warm_trouble(); }

bool LocalExecutor::limits_threads() const { return impl_->limits_threads(); }

}  // namespace shoal
