#include "exec/verdict.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <utility>

#include "exec/output_check.h"
#include "exec/snapshot.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

constexpr std::size_t kLastWords = 4096;
constexpr int kShellSawKill = 128 + SIGKILL;

}  // namespace

Judge::Judge(RunFolders folders, MemoryKills memory_kills, std::uint64_t memory_limit)
    : folders_(std::move(folders)),
      memory_kills_(std::move(memory_kills)),
      memory_limit_(memory_limit) {}

void Judge::judge(const RunningAttempt& attempt, const SlotLog& log, AttemptResult& result) {
  if (attempt.stop != Stop::none) {
    result.end = attempt.stop == Stop::timeout ? EndClass::timed_out : EndClass::cancelled;
  } else if (result.exit_code != 0 && ran_out_of_memory(log, result)) {
    result.end = EndClass::out_of_memory;
  } else if (result.signal != 0) {
    result.end = EndClass::killed;
  } else if (!attempt.spec.snapshot || keep_snapshot(attempt.spec, result)) {
    judge_by_exit_code(attempt.spec, result);
  }
}

/// The kernel kills with SIGKILL; where it hit a child of the command's shell,
/// the shell ends with 137. A program that was refused memory says so and
/// fails or aborts.
bool Judge::ran_out_of_memory(const SlotLog& log, const AttemptResult& result) {
  if (result.exit_code == kShellSawKill) {
    if (const std::optional<bool> killed = memory_kills_.explains_a_death()) return *killed;
    return memory_limit_ > 0 && result.usage.peak_memory >= memory_limit_ / 10 * 9;
  }
  if (result.signal != 0 && result.signal != SIGABRT) return false;
  return tells_of_exhausted_memory(log.tail(result.log.begin, result.log.end, kLastWords));
}

/// False: `result` says how the attempt ended, since the shell's state is not
/// known.
bool Judge::keep_snapshot(const AttemptSpec& spec, AttemptResult& result) const {
  const std::string snapshot = in_run_folder(folders_.run_folder, spec.snapshot_file);
  const std::string draft = snapshot_draft(snapshot);
  switch (inspect_draft(draft)) {
    case DraftState::whole:
      if (std::rename(draft.c_str(), snapshot.c_str()) == 0) return true;
      break;
    case DraftState::untouched:
      ::unlink(draft.c_str());
      result.end = EndClass::ended_shell;
      return false;
    case DraftState::partial:
      break;
  }
  ::unlink(draft.c_str());
  result.end = EndClass::failed;
  result.detail = "cannot save the shell's state in " + snapshot;
  return false;
}

void Judge::judge_by_exit_code(const AttemptSpec& spec, AttemptResult& result) const {
  if (result.exit_code != 0 && !spec.ends_file) {
    const bool tolerated =
        !spec.tolerated_folders.empty() && are_folders(spec.tolerated_folders, folders_.descriptor);
    result.end = tolerated ? EndClass::ok : EndClass::failed;
    if (tolerated) result.detail = "existed already";
    return;
  }
  result.end = EndClass::ok;
  if (std::optional<std::string> missing = first_missing(spec.outputs, folders_.descriptor)) {
    result.end = EndClass::output_missing;
    result.detail = std::move(*missing);
  }
}

}  // namespace shoal
