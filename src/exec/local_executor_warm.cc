// Commands that start in a fork server.
#include <signal.h>

#include <algorithm>
#include <utility>

#include "exec/local_executor_impl.h"
#include "journal/run_directory.h"

namespace shoal {

void LocalExecutor::Impl::prepare_warm_starts(const LocalExecutorOptions& options) {
  if (options.warm_knowledge.empty()) return;
  warm_lines_.emplace(options.shell, folders_, launcher_.environments());
  WarmPlace place;
  place.folders = folders_;
  place.knowledge = options.warm_knowledge;
  place.notes = in_run_folder(folders_.run_folder, kWarmFolder, folders_.worker);
  place.patience = options.warm_patience;
  WarmStarts& starts = *this;
  warm_ =
      std::make_unique<WarmStarter>(io_, starts, std::move(place), options.slots, launcher_.null());
}

/// False: the command must start cold.
bool LocalExecutor::Impl::launch_warm(std::uint32_t index) {
  if (!warm_) return false;
  Slot& slot = slots_[index];
  const std::optional<WarmLine> line = warm_lines_->read(slot.attempt.spec);
  if (!line) return false;
  slot.attempt.is_starting = true;
  warm_->start(index, *line, launcher_.environment(slot.attempt.spec.threads),
               slot.log.descriptor());
  return true;
}

bool LocalExecutor::Impl::on_warm_start(std::uint32_t slot, SpawnedProcess process) {
  RunningAttempt& attempt = slots_[slot].attempt;
  attempt.is_starting = false;
  guardian_.watch(SlotIndex{slot}, process.pid);
  if (watch(slot, process)) {
    attempt.result.warm = true;
    return true;
  }
  attempt.pid = -1;
  attempt.pidfd.reset();
  AttemptResult lost = vacate(slot);
  lost.log.end = lost.log.begin;
  lost.end = EndClass::lost;
  lost.detail = "cannot watch the process";
  report_soon(std::move(lost));
  return false;
}

void LocalExecutor::Impl::on_warm_refusal(std::uint32_t slot) {
  slots_[slot].attempt.is_starting = false;
  launch_cold(slot);
}

void LocalExecutor::Impl::cancel_warm_start(std::uint32_t index) {
  warm_->abandon(index);
  slots_[index].attempt.is_starting = false;
  AttemptResult result = vacate(index);
  result.log.end = result.log.begin;
  result.end = EndClass::cancelled;
  report_soon(std::move(result));
}

/// It never was a copy of shoal, so that its peak is its own; but much of it
/// belongs to its fork server and to its siblings as well.
void LocalExecutor::Impl::add_warm_note(std::uint32_t index, const rusage& usage,
                                        AttemptResult& result) {
  constexpr std::uint64_t kKibibyte = 1024;
  const WarmNote note = warm_->take_note(index);
  const std::uint64_t peak = static_cast<std::uint64_t>(usage.ru_maxrss) * kKibibyte;
  result.spared = note.spared;
  result.usage.peak_memory = peak - std::min(peak, note.shared);
}

}  // namespace shoal
