#include "exec/local_executor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "exec/clock.h"
#include "exec/escaped_processes.h"
#include "exec/guardian.h"
#include "exec/launcher.h"
#include "exec/preparation.h"
#include "exec/process_watch.h"
#include "exec/running_attempt.h"
#include "exec/slot_log.h"
#include "exec/verdict.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

constexpr int kKilledBy = 128;  // a shell's exit code for a signal, less the signal

Duration duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// Reaps a process that has ended, or surely will. nullopt: somebody else did.
std::optional<int> reap(pid_t pid, rusage& usage) {
  int status = 0;
  pid_t reaped = -1;
  do {
    reaped = ::wait4(pid, &status, 0, &usage);
  } while (reaped < 0 && errno == EINTR);
  return reaped == pid ? std::optional<int>(status) : std::nullopt;
}

/// Whether a process waits to be reaped already.
bool has_ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

/// Where a parent left SIGCHLD ignored, the kernel reaps children by itself and
/// wait4(2) learns nothing of them.
void keep_dead_children() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
    ::signal(SIGCHLD, SIG_DFL);
  }
}

AttemptResult result_for(const AttemptSpec& spec) {
  AttemptResult result;
  result.command = spec.command;
  result.attempt = spec.attempt;
  return result;
}

void set_exit(AttemptResult& result, int status) {
  if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
    result.exit_code = kKilledBy + result.signal;
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
}

/// A process has the peak of the memory that it had before its exec, too, and
/// that was shoal's (docs/execution.md). Only what is above is its own.
std::uint64_t peak_memory(const rusage& usage) {
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  return usage.ru_maxrss > own.ru_maxrss ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

void set_usage(AttemptResult& result, const rusage& usage) {
  result.usage.user = duration_of(usage.ru_utime);
  result.usage.system = duration_of(usage.ru_stime);
  result.usage.peak_memory = peak_memory(usage);
}

}  // namespace

class LocalExecutor::Impl {
 public:
  Impl(asio::io_context& io, ExecutorEvents& events, LocalExecutorOptions options,
       FileDescriptor folder, FileDescriptor null, Guardian guardian);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();
  Expected<void> open_slots();
  Expected<void> watch_processes();

  void start(AttemptSpec spec);
  void cancel(CommandId command, AttemptNumber attempt);
  std::optional<RunningLog> log_of(CommandId command) const;
  bool limits_threads() const { return launcher_.environments().limits_threads(); }

 private:
  struct Slot {
    explicit Slot(SlotLog slot_log) : log(std::move(slot_log)) {}
    SlotLog log;
    RunningAttempt attempt;
  };
  using Action = void (Impl::*)(Slot&);

  void run_in(std::uint32_t index, AttemptSpec spec, AttemptResult result);
  void report_soon(AttemptResult result);
  void report_early_ends();

  void on_process_ended(std::uint32_t index);
  AttemptResult take_result(std::uint32_t index);
  void stop(Slot& slot, Stop reason);
  void arm(Slot& slot, Duration delay, Action action);
  void on_timeout(Slot& slot) { stop(slot, Stop::timeout); }
  void on_grace_over(Slot& slot) { ::kill(-slot.attempt.pid, SIGKILL); }

  asio::io_context& io_;
  ExecutorEvents& events_;
  FileDescriptor folder_descriptor_;
  RunFolders folders_;
  Guardian guardian_;
  EscapedProcesses escaped_;  // of attempts that are being stopped
  Launcher launcher_;
  Judge judge_;
  std::unique_ptr<ProcessWatch> watch_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;        // indexes of slots, the next one last
  std::vector<AttemptResult> early_ends_;  // to be reported from the event loop
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

LocalExecutor::Impl::Impl(asio::io_context& io, ExecutorEvents& events,
                          LocalExecutorOptions options, FileDescriptor folder, FileDescriptor null,
                          Guardian guardian)
    : io_(io),
      events_(events),
      folder_descriptor_(std::move(folder)),
      folders_{folder_descriptor_.get(), std::move(options.working_directory),
               std::move(options.run_folder), std::move(options.worker)},
      guardian_(std::move(guardian)),
      launcher_(folders_, ::environ, std::move(options.shell), std::move(null)),
      judge_(folders_, MemoryKills::of_this_process(), options.memory_limit) {
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

void LocalExecutor::Impl::start(AttemptSpec spec) {
  AttemptResult result = result_for(spec);
  result.worker = folders_.worker;
  result.started = wall_now();
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
  run_in(free_.back(), std::move(spec), std::move(result));
}

void LocalExecutor::Impl::run_in(std::uint32_t index, AttemptSpec spec, AttemptResult result) {
  Slot& slot = slots_[index];
  RunningAttempt& attempt = slot.attempt;
  result.log = {SlotIndex{index}, slot.log.end(), 0};
  const auto clock = std::chrono::steady_clock::now();
  tl::expected<Launcher::Launched, NotLaunched> launched =
      launcher_.launch(spec, slot.log.descriptor(), guardian_.entry(SlotIndex{index}));
  if (!launched) {
    NotLaunched& why = launched.error();
    slot.log.append("shoal: " + why.message + "\n");
    result.log.end = slot.log.end();
    result.end = why.end;
    result.exit_code = why.exit_code;
    result.detail = std::move(why.message);
    return report_soon(std::move(result));
  }
  free_.pop_back();
  attempt.pid = launched->process.pid;
  attempt.pidfd = FileDescriptor(launched->process.pidfd);
  attempt.script_file = std::move(launched->script_file);
  attempt.stop = Stop::none;
  attempt.clock_at_start = clock;
  attempt.spec = std::move(spec);
  attempt.result = std::move(result);
  if (!watch_->add(attempt.pidfd.get(), index)) {
    ::kill(-attempt.pid, SIGKILL);
    AttemptResult lost = take_result(index);
    lost.end = EndClass::lost;
    lost.detail = "cannot watch the process";
    return report_soon(std::move(lost));
  }
  if (attempt.spec.timeout > Duration::zero()) {
    arm(slot, attempt.spec.timeout, &Impl::on_timeout);
  }
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
  guardian_.watch(SlotIndex{index}, 0);
  attempt.pidfd.reset();
  if (attempt.is_timed) attempt.timer->cancel();
  attempt.is_timed = false;
  if (!attempt.script_file.empty()) ::unlink(attempt.script_file.c_str());
  free_.push_back(index);

  AttemptResult result = std::move(attempt.result);
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
  judge_.judge(attempt, slot.log, result);
  return result;
}

void LocalExecutor::Impl::cancel(CommandId command, AttemptNumber attempt) {
  for (Slot& slot : slots_) {
    if (slot.attempt.is(command, attempt)) return stop(slot, Stop::cancel);
  }
}

std::optional<RunningLog> LocalExecutor::Impl::log_of(CommandId command) const {
  for (const Slot& slot : slots_) {
    if (slot.attempt.pid > 0 && slot.attempt.spec.command == command) {
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
  Expected<Guardian> guardian = Guardian::create(options.slots, options.kept_open);
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

void LocalExecutor::start(AttemptSpec spec) { impl_->start(std::move(spec)); }

void LocalExecutor::cancel(CommandId command, AttemptNumber attempt) {
  impl_->cancel(command, attempt);
}

std::optional<RunningLog> LocalExecutor::log_of(CommandId command) const {
  return impl_->log_of(command);
}

bool LocalExecutor::limits_threads() const { return impl_->limits_threads(); }

}  // namespace shoal
