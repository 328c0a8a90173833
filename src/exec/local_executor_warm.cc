// Commands that start in a fork server.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <utility>

#include "exec/local_executor_impl.h"
#include "journal/run_directory.h"

namespace shoal {

namespace {

/// A child of a fork server holds more than its command needs, and would reach
/// such a limit before one that starts cold (setrlimit(2)).
bool is_memory_of_processes_limited() {
  return std::ranges::any_of(std::to_array({RLIMIT_AS, RLIMIT_DATA}), [](auto kind) {
    rlimit limit{};
    return ::getrlimit(kind, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  });
}

}  // namespace

void LocalExecutor::Impl::prepare_warm_starts(const LocalExecutorOptions& options) {
  if (options.warm_knowledge.empty()) return;
  warm_lines_.emplace(options.shell, folders_, launcher_.environments());
  if (is_memory_of_processes_limited()) {
    why_cold_ = "the memory of each process is limited (ulimit)";
    return;
  }
  WarmPlace place;
  place.folders = folders_;
  place.knowledge = options.warm_knowledge;
  place.notes = in_run_folder(folders_.run_folder, kWarmFolder, folders_.worker);
  place.patience = options.warm_patience;
  WarmStarts& starts = *this;
  warm_ =
      std::make_unique<WarmStarter>(io_, starts, std::move(place), options.slots, launcher_.null());
}

std::string LocalExecutor::Impl::warm_trouble() const {
  if (was_asked_for_warm_) return why_cold_;
  return warm_ ? warm_->trouble() : std::string();
}

bool LocalExecutor::Impl::can_start_warm(const AttemptSpec& spec) {
  return warm_ && why_cold_.empty() && spec.may_start_warm && warm_lines_->read(spec);
}

/// False: the command must start cold.
bool LocalExecutor::Impl::launch_warm(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (!warm_lines_ || !slot.attempt.spec.may_start_warm) return false;
  const std::optional<WarmLine> line = warm_lines_->read(slot.attempt.spec);
  if (!line) return false;
  if (!why_cold_.empty()) {
    was_asked_for_warm_ = true;
    return false;
  }
  slot.attempt.is_starting = true;
  warm_->start(index, *line, launcher_.environment(slot.attempt.spec.threads),
               slot.log.descriptor());
  return true;
}

/// When memory has run out: fork servers hold some that commands may need.
void LocalExecutor::Impl::start_cold_from_now_on() {
  if (!warm_ || !why_cold_.empty()) return;
  why_cold_ = "memory ran out";
  asio::post(io_, [this, alive = alive_] {
    if (!*alive) return;
    std::vector<std::uint32_t> waiting;
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].attempt.is_starting) waiting.push_back(i);
    }
    warm_.reset();
    for (const std::uint32_t index : waiting) on_warm_refusal(index);
  });
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
  if (warm_) warm_->abandon(index);
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
  const WarmNote note = warm_ ? warm_->take_note(index) : WarmNote{};
  const std::uint64_t peak = static_cast<std::uint64_t>(usage.ru_maxrss) * kKibibyte;
  result.spared = note.spared;
  result.usage.peak_memory = peak - std::min(peak, note.shared);
}

}  // namespace shoal
