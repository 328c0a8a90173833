#pragma once

#include <sys/resource.h>

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
#include "exec/warm/warm_line.h"
#include "exec/warm/warm_starter.h"

namespace shoal {

/// The slots of a LocalExecutor, and what runs in them.
class LocalExecutor::Impl : private WarmStarts {
 public:
  Impl(asio::io_context& io, ExecutorEvents& events, LocalExecutorOptions options,
       FileDescriptor folder, FileDescriptor null, Guardian guardian);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() override;
  Expected<void> open_slots();
  Expected<void> watch_processes();

  void start(AttemptSpec spec, BootInstant deadline);
  void extend(CommandId command, AttemptNumber attempt, BootInstant deadline);
  Guardian& guardian() { return guardian_; }
  void cancel(CommandId command, AttemptNumber attempt);
  std::optional<RunningLog> log_of(CommandId command) const;
  bool can_start_warm(const AttemptSpec& spec);
  std::string warm_trouble() const;
  bool limits_threads() const { return launcher_.environments().limits_threads(); }

 private:
  struct Slot {
    explicit Slot(SlotLog slot_log) : log(std::move(slot_log)) {}
    SlotLog log;
    RunningAttempt attempt;
  };
  using Action = void (Impl::*)(Slot&);

  void occupy(std::uint32_t index, AttemptSpec spec, AttemptResult result);
  void launch_cold(std::uint32_t index);
  bool watch(std::uint32_t index, SpawnedProcess process);
  AttemptResult vacate(std::uint32_t index);

  // local_executor_warm.cc
  void prepare_warm_starts(const LocalExecutorOptions& options);
  bool launch_warm(std::uint32_t index);
  bool on_warm_start(std::uint32_t slot, SpawnedProcess process) override;
  void on_warm_refusal(std::uint32_t slot) override;
  void cancel_warm_start(std::uint32_t index);
  void start_cold_from_now_on();
  void add_warm_note(std::uint32_t index, const rusage& usage, AttemptResult& result);

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
  std::optional<WarmLineReader> warm_lines_;
  std::unique_ptr<WarmStarter> warm_;  // null: all commands start cold
  std::string why_cold_;               // those that could start warm; empty: no reason
  bool was_asked_for_warm_ = false;    // by such a command
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;        // indexes of slots, the next one last
  std::vector<AttemptResult> early_ends_;  // to be reported from the event loop
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal
