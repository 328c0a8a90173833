#include "exec/local_executor_impl.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <filesystem>
#include <utility>

#include "exec/clock.h"
#include "exec/preparation.h"
#include "exec/reap.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

AttemptResult result_for(const AttemptSpec& spec) {
  AttemptResult result;
  result.command = spec.command;
  result.attempt = spec.attempt;
  return result;
}

}  // namespace

LocalExecutor::Impl::Impl(asio::io_context& io, ExecutorEvents& events,
                          LocalExecutorOptions options, FileDescriptor folder, FileDescriptor null,
                          Guardian guardian)
    : io_(io),
      events_(events),
      folder_descriptor_(std::move(folder)),
      folders_{folder_descriptor_.get(), std::move(options.working_directory),
               std::move(options.run_folder), std::move(options.worker)},
      guardian_(std::move(guardian)),
      launcher_(folders_, ::environ, options.shell, std::move(null)),
      judge_(folders_, MemoryKills::of_this_process(), options.memory_limit) {
  prepare_warm_starts(options);
  slots_.reserve(options.slots);
  for (std::uint32_t i = options.slots; i-- > 0;) free_.push_back(i);
}

Expected<void> LocalExecutor::Impl::open_slots() {
  const std::string log_folder = in_run_folder(folders_.run_folder, kLogFolder, folders_.worker);
  std::error_code error;
  std::filesystem::create_directories(log_folder, error);
  if (error) return infrastructure_error(log_folder, "cannot make the folder: " + error.message());
  for (std::size_t i = 0; i < free_.size(); ++i) {
    Expected<SlotLog> log =
        SlotLog::open(SlotLog::path(log_folder, SlotIndex{static_cast<std::uint32_t>(i)}));
    if (!log) return tl::unexpected(log.error());
    slots_.emplace_back(std::move(*log));
  }
  return {};
}

Expected<void> LocalExecutor::Impl::watch_processes() {
  Expected<std::unique_ptr<ProcessWatch>> watch =
      ProcessWatch::create(io_, [this](std::uint32_t index) { on_process_ended(index); });
  if (!watch) return tl::unexpected(watch.error());
  watch_ = std::move(*watch);
  return {};
}

LocalExecutor::Impl::~Impl() {
  *alive_ = false;
  for (const Slot& slot : slots_) {
    if (slot.attempt.pid > 0) ::kill(-slot.attempt.pid, SIGKILL);
  }
  for (const Slot& slot : slots_) {
    if (slot.attempt.pid <= 0) continue;
    rusage usage{};
    reap(slot.attempt.pid, usage);
    if (!slot.attempt.script_file.empty()) ::unlink(slot.attempt.script_file.c_str());
  }
}

void LocalExecutor::Impl::start(AttemptSpec spec, BootInstant deadline) {
  AttemptResult result = result_for(spec);
  result.started = wall_now();
  result.worker = folders_.worker;
  result.inputs = take_fingerprints(spec.inputs, spec.hash_inputs, folders_);
  if (std::optional<EarlyEnd> early = prepare(spec, folders_)) {
    result.end = early->end;
    result.detail = std::move(early->detail);
    return report_soon(std::move(result));
  }
  if (free_.empty()) {
    result.end = EndClass::lost;
    result.detail = "no slot is free";
    return report_soon(std::move(result));
  }
  // Before the process, which the guardian sees as soon as it is there.
  guardian_.set_deadline(SlotIndex{free_.back()}, deadline);
  occupy(free_.back(), std::move(spec), std::move(result));
}

void LocalExecutor::Impl::occupy(std::uint32_t index, AttemptSpec spec, AttemptResult result) {
  Slot& slot = slots_[index];
  RunningAttempt& attempt = slot.attempt;
  result.log = {SlotIndex{index}, slot.log.end(), 0};
  free_.pop_back();
  attempt.stop = Stop::none;
  attempt.clock_at_start = std::chrono::steady_clock::now();
  attempt.spec = std::move(spec);
  attempt.result = std::move(result);
  attempt.script_file.clear();
  if (!launch_warm(index)) launch_cold(index);
}

void LocalExecutor::Impl::launch_cold(std::uint32_t index) {
  Slot& slot = slots_[index];
  tl::expected<Launcher::Launched, NotLaunched> launched =
      launcher_.launch(slot.attempt.spec, slot.log.descriptor(), guardian_.entry(SlotIndex{index}));
  if (!launched) {
    NotLaunched& why = launched.error();
    slot.log.append("shoal: " + why.message + "\n");
    AttemptResult result = vacate(index);
    result.log.end = slot.log.end();
    result.end = why.end;
    result.exit_code = why.exit_code;
    result.detail = std::move(why.message);
    return report_soon(std::move(result));
  }
  slot.attempt.script_file = std::move(launched->script_file);
  if (watch(index, launched->process)) return;
  ::kill(-slot.attempt.pid, SIGKILL);
  AttemptResult lost = take_result(index);
  lost.end = EndClass::lost;
  lost.detail = "cannot watch the process";
  report_soon(std::move(lost));
}

/// The process is the slot's from now on. False: its end would not be noticed.
bool LocalExecutor::Impl::watch(std::uint32_t index, SpawnedProcess process) {
  Slot& slot = slots_[index];
  slot.attempt.pid = process.pid;
  slot.attempt.pidfd = FileDescriptor(process.pidfd);
  if (!watch_->add(process.pidfd, index)) return false;
  if (slot.attempt.spec.timeout > Duration::zero()) {
    arm(slot, slot.attempt.spec.timeout, &Impl::on_timeout);
  }
  return true;
}

/// Frees a slot whose process is gone, or never was.
AttemptResult LocalExecutor::Impl::vacate(std::uint32_t index) {
  guardian_.watch(SlotIndex{index}, 0);
  guardian_.set_deadline(SlotIndex{index}, BootInstant::zero());
  free_.push_back(index);
  return std::move(slots_[index].attempt.result);
}

void LocalExecutor::Impl::report_soon(AttemptResult result) {
  early_ends_.push_back(std::move(result));
  if (early_ends_.size() > 1) return;  // on the way already
  asio::post(io_, [this, alive = alive_] {
    if (*alive) report_early_ends();
  });
}

void LocalExecutor::Impl::report_early_ends() {
  const std::shared_ptr<bool> alive = alive_;
  std::vector<AttemptResult> results = std::exchange(early_ends_, {});
  for (AttemptResult& result : results) {
    events_.on_ended(std::move(result));
    if (!*alive) return;
  }
}

void LocalExecutor::Impl::on_process_ended(std::uint32_t index) {
  events_.on_ended(take_result(index));
}

/// Reaps the process of a slot, frees the slot and says how the attempt ended.
AttemptResult LocalExecutor::Impl::take_result(std::uint32_t index) {
  Slot& slot = slots_[index];
  RunningAttempt& attempt = slot.attempt;
  const pid_t pid = std::exchange(attempt.pid, -1);
  // The dead leader still holds its number, so this can hit no other group.
  if (attempt.stop != Stop::none) {
    ::kill(-pid, SIGKILL);
    escaped_.kill(pid);
  }
  rusage usage{};
  const std::optional<int> status = reap(pid, usage);
  // What a leader that was killed leaves behind must not write beside the next
  // attempt. Its members keep the group's number from being used again.
  if (status && WIFSIGNALED(*status) && attempt.stop == Stop::none) ::kill(-pid, SIGKILL);
  attempt.pidfd.reset();
  if (attempt.is_timed) attempt.timer->cancel();
  attempt.is_timed = false;
  if (!attempt.script_file.empty()) ::unlink(attempt.script_file.c_str());
  AttemptResult result = vacate(index);
  result.wall = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() -
                                                     attempt.clock_at_start);
  result.log.end = slot.log.end();
  // A command that opens /dev/stdout for writing cuts its own log.
  if (result.log.end < result.log.begin) result.log.begin = 0;
  if (!status) {
    result.end = EndClass::lost;
    result.detail = "its end was not seen";
    return result;
  }
  set_exit(result, *status);
  set_usage(result, usage);
  if (result.warm) add_warm_note(index, usage, result);
  judge_.judge(attempt, slot.log, result);
  if (result.end == EndClass::out_of_memory) start_cold_from_now_on();
  return result;
}

void LocalExecutor::Impl::extend(CommandId command, AttemptNumber attempt, BootInstant deadline) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].attempt.is(command, attempt)) continue;
    guardian_.set_deadline(SlotIndex{static_cast<std::uint32_t>(i)}, deadline);
  }
}

void LocalExecutor::Impl::cancel(CommandId command, AttemptNumber attempt) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.attempt.is(command, attempt)) continue;
    return slot.attempt.is_starting ? cancel_warm_start(i) : stop(slot, Stop::cancel);
  }
}

std::optional<RunningLog> LocalExecutor::Impl::log_of(CommandId command) const {
  for (const Slot& slot : slots_) {
    if ((slot.attempt.pid > 0 || slot.attempt.is_starting) &&
        slot.attempt.spec.command == command) {
      const LogRange& log = slot.attempt.result.log;
      return RunningLog{folders_.worker, log.slot, log.begin};
    }
  }
  return std::nullopt;
}

/// TERM now, KILL after the grace. What has ended by itself keeps its end, and
/// what is being stopped already keeps its reason.
void LocalExecutor::Impl::stop(Slot& slot, Stop reason) {
  RunningAttempt& attempt = slot.attempt;
  if (attempt.stop != Stop::none || has_ended(attempt.pid)) return;
  attempt.stop = reason;
  std::vector<pid_t> stopping;
  for (const Slot& any : slots_) {
    if (any.attempt.pid > 0 && any.attempt.stop != Stop::none) stopping.push_back(any.attempt.pid);
  }
  escaped_.look_for(stopping);
  ::kill(-attempt.pid, SIGTERM);
  arm(slot, attempt.spec.grace, &Impl::on_grace_over);
}

void LocalExecutor::Impl::arm(Slot& slot, Duration delay, Action action) {
  RunningAttempt& attempt = slot.attempt;
  if (!attempt.timer) attempt.timer.emplace(io_);
  attempt.is_timed = true;
  attempt.timer->expires_after(delay);
  // The handler may be on its way when the attempt ends: it must not hit the
  // slot's next one.
  attempt.timer->async_wait([this, &slot, action, alive = alive_, command = attempt.spec.command,
                             number = attempt.spec.attempt](const asio::error_code& error) {
    if (!error && *alive && slot.attempt.is(command, number)) (this->*action)(slot);
  });
}

}  // namespace shoal
