#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/record.h"
#include "journal/run_record.h"
#include "plan/plan.h"
#include "sched/scheduler.h"

namespace shoal {

/// The keys of a plan's commands, index = number - 1.
std::vector<CommandKey> command_keys(const Plan& plan);

struct ResumeOptions {
  bool verify = false;  // compare inputs by content, where the journal has their hash
  /// Size, time (and hash when asked) of one of the plan's paths now; relative
  /// ones are relative to the run's working directory. See fingerprint_of.
  std::function<Fingerprint(const std::string& path, bool with_hash)> fingerprint;
};

/// What a continued run need not do again, and why it does the rest.
struct ResumePlan {
  Scheduler::Resume scheduler;
  /// By command (number - 1): it runs again, and an earlier attempt may have
  /// left results that are no longer true, because it or what it read changed.
  std::vector<bool> outdated;
  /// By command number: files to cut before its next attempt, so that what it
  /// and later commands appended earlier is not there twice. -1: remove.
  std::unordered_map<std::uint32_t, std::vector<AppendedFile>> cut_back;
  struct Reason {
    CommandId command{};
    std::string text;  // "its input data/a.csv changed"
  };
  std::vector<Reason> reasons;  // first causes only, not their dependents
};

/// Done is done where the command's text and state are unchanged, its inputs
/// that no command of the plan writes are unchanged, its outputs that it is
/// the last to write exist, no command that it reads from or overwrites runs
/// again or ended after it started, and no rerun needs a file as it was before
/// it. The rules in full: docs/journal.md. Linear in the size of the plan; asks
/// for fingerprints of done commands' files only, and of each input once.
ResumePlan plan_resume(const Plan& plan, const std::vector<CommandKey>& keys,
                       const RunRecord& record, const ResumeOptions& options);

}  // namespace shoal
