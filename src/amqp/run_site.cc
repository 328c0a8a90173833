#include "amqp/run_site.h"

#include <fcntl.h>

#include <filesystem>
#include <utility>

namespace shoal {
namespace {

// Of the time after which the tasker calls a lease dead. What is left between
// the end of a lease's life and its death is for clocks that run unequally and
// for a guardian that comes late.
constexpr int kLifeOfDeath = 3;  // two of three parts
constexpr int kRenewalsInDeath = 9;

BootInstant milliseconds(Duration duration) {
  return std::chrono::duration_cast<BootInstant>(duration);
}

}  // namespace

RunSite::RunSite(const WorkerPlace& place, const RunAnnouncement& run, std::string run_folder,
                 Events events)
    : run_(run.run),
      events_(std::move(events)),
      lease_folder_(run_folder),
      lease_descriptor_(
          ::open((run_folder + "/leases").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      leases_(lease_folder_, place.name,
              milliseconds(run.lease_death) * (kLifeOfDeath - 1) / kLifeOfDeath,
              milliseconds(run.lease_death) / kRenewalsInDeath) {}

Expected<std::unique_ptr<RunSite>> RunSite::open(asio::io_context& io, const WorkerPlace& place,
                                                 const RunAnnouncement& run, Events events) {
  const std::filesystem::path folder =
      (std::filesystem::path(place.work_folder) / run.run_folder).lexically_normal();
  Expected<Shell> shell = find_run_shell(run.interpreter, run.snapshots, run.script);
  if (!shell) return tl::unexpected(shell.error());
  std::unique_ptr<RunSite> site(new RunSite(place, run, folder.string(), std::move(events)));
  if (!site->lease_descriptor_) {
    return infrastructure_error(folder.string(), "the run's folder is not here",
                                "Start the worker in the folder that the tasker works in, on a "
                                "volume that both see");
  }
  LocalExecutorOptions options;
  options.working_directory = place.work_folder;
  options.run_folder = folder.string();
  options.worker = place.name;
  options.shell = std::move(*shell);
  options.slots = place.slots;
  options.memory_limit = place.memory_limit;
  // Beside the runs, in the jobs file's .shoal/.
  if (place.warm) options.warm_knowledge = (folder.parent_path().parent_path() / "warm").string();
  options.lease_folder = site->lease_descriptor_.get();
  auto executor = FollowedExecutor::create(io, *site, std::move(options), place.make_follow_up);
  if (!executor) return tl::unexpected(executor.error());
  site->executor_ = std::move(*executor);
  return site;
}

/// The mark is looked for when the lease is held, so that a tasker which makes
/// one from now on knows that this worker has the lease.
LeaseAnswer RunSite::take_lease(TaskId task) {
  const auto lease = leases_.take(task, boot_now());
  if (!lease) {
    return lease.error() == LeaseHolder::Refusal::busy ? LeaseAnswer::busy
                                                       : LeaseAnswer::unavailable;
  }
  executor_->processes().guardian().add_lease(number(task.command), *lease);
  return lease_folder_.is_marked(task.command) ? LeaseAnswer::taken_marked : LeaseAnswer::taken;
}

void RunSite::release_lease(TaskId task) {
  if (!leases_.holds(task)) return;
  executor_->processes().guardian().drop_lease(number(task.command));
  leases_.release(task, boot_now());
}

bool RunSite::lease_is_over(TaskId task) const { return leases_.is_over(task, boot_now()); }

std::vector<TaskId> RunSite::renew_leases() {
  LeaseHolder::Renewal renewal = leases_.renew(boot_now());
  for (const TaskId task : renewal.renewed) {
    executor_->processes().extend(task.command, task.attempt, leases_.end_of(task, boot_now()));
  }
  for (const TaskId task : renewal.over) {
    executor_->processes().guardian().drop_lease(number(task.command));
  }
  return std::move(renewal.over);
}

void RunSite::start(AttemptSpec spec, bool again) {
  const BootInstant end = leases_.end_of(TaskId{spec.command, spec.attempt}, boot_now());
  if (again) spec.started_before = spec.appended_before = true;
  executor_->start_until(std::move(spec), end);
}

void RunSite::stop(TaskId task) { executor_->cancel(task.command, task.attempt); }

RunningLog RunSite::log_of(TaskId task) const {
  return executor_->log_of(task.command).value_or(RunningLog{});
}

void RunSite::on_ended(AttemptResult result) {
  const TaskKey key{run_, {result.command, result.attempt}};
  events_.on_ended(key, std::move(result));
}

void RunSite::on_uploading(CommandId command, AttemptNumber attempt) {
  events_.on_uploading(TaskKey{run_, {command, attempt}});
}

}  // namespace shoal
