#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/descriptor.h"
#include "exec/escaped_processes.h"
#include "exec/guardian.h"
#include "exec/launcher.h"
#include "exec/local_executor.h"
#include "exec/process_watch.h"
#include "exec/running_attempt.h"
#include "exec/slot_log.h"
#include "exec/verdict.h"

namespace shoal {

/// The slots of a LocalExecutor, and what runs in them.
class LocalExecutor::Impl {
 public:
  Impl(asio::io_context& io, ExecutorEvents& events, LocalExecutorOptions options,
       FileDescriptor folder, FileDescriptor null, Guardian guardian);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();
  Expected<void> open_slots();
  Expected<void> watch_processes();

  void start(AttemptSpec spec, BootInstant deadline);
  void extend(CommandId command, AttemptNumber attempt, BootInstant deadline);
  Guardian& guardian() { return guardian_; }
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

}  // namespace shoal
