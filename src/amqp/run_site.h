#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "amqp/ids.h"
#include "amqp/lease_folder.h"
#include "amqp/lease_holder.h"
#include "amqp/message.h"
#include "amqp/worker_core.h"
#include "base/error.h"
#include "exec/followed_executor.h"
#include "exec/guardian.h"
#include "sched/executor.h"

namespace shoal {

/// What a worker is and has, for all of its runs.
struct WorkerPlace {
  WorkerName name;
  std::string work_folder;  // absolute; shared with the tasker
  std::uint32_t slots = 1;
  std::uint64_t memory_limit = 0;    // bytes; see LocalExecutorOptions
  MakeFollowUp make_follow_up = {};  // what is done after each command; may be empty
  bool warm = false;                 // Python commands may start warm
};

/// One run on a worker: its files, its leases, and the executor of its
/// commands. All on one thread, that of the event loop.
class RunSite : public ExecutorEvents {
 public:
  struct Events {
    std::function<void(const TaskKey&, AttemptResult)> on_ended;
    std::function<void(const TaskKey&)> on_uploading;
  };

  /// Errors: the run's folder is not here (yet), or cannot be written; no shell.
  static Expected<std::unique_ptr<RunSite>> open(asio::io_context& io, const WorkerPlace& place,
                                                 const RunAnnouncement& run, Events events);

  LeaseAnswer take_lease(TaskId task);
  void release_lease(TaskId task);
  /// Whether the lease is not ours any more, or may not be.
  bool lease_is_over(TaskId task) const;
  /// Renews those that are due; the tasks whose leases are over.
  std::vector<TaskId> renew_leases();

  /// Whether its tasker has finished it.
  bool is_finished() const { return lease_folder_.is_finished(); }
  const LeaseFolder& lease_folder() const { return lease_folder_; }

  /// Under a lease that was taken. `again`: it may have been started before.
  void start(AttemptSpec spec, bool again);
  void stop(TaskId task);
  /// Where a running command's output goes.
  RunningLog log_of(TaskId task) const;

  void on_ended(AttemptResult result) override;
  void on_uploading(CommandId command, AttemptNumber attempt) override;

 private:
  RunSite(const WorkerPlace& place, const RunAnnouncement& run, std::string run_folder,
          Events events);

  RunId run_;
  Events events_;
  LeaseFolder lease_folder_;
  FileDescriptor lease_descriptor_;
  LeaseHolder leases_;
  std::unique_ptr<FollowedExecutor> executor_;
};

}  // namespace shoal
