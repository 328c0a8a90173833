#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "journal/record.h"
#include "plan/plan.h"
#include "sched/scheduler.h"

namespace shoal {

/// Everything a journal says, command by command: for reports and for going on.
struct RunRecord {
  struct CommandRecord {
    CommandId command{};  // its number when it last started or settled
    CommandKey key;
    std::uint32_t attempts = 0;   // started
    bool running = false;         // started and not ended: lost, if the run is not alive
    std::optional<EndRecord> last_end;
    std::optional<SettleRecord> settled;
    std::vector<std::pair<std::string, std::int64_t>> appended;  // of the first unfinished attempt
  };
  HeaderRecord header;
  std::vector<OpenRecord> opens;
  std::optional<CloseRecord> close;  // absent while running or after a crash
  std::vector<CommandRecord> commands;  // in order of first appearance
  /// Every attempt that ended, in order; only when asked for (exports need it).
  std::vector<EndRecord> attempts;

  const CommandRecord* find(const CommandKey& key) const;
  const CommandRecord* find(CommandId id) const;  // the latest with that number

  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_hash;  // hash -> indexes by occurrence
};

Expected<RunRecord> read_run(const std::string& journal_path, bool every_attempt = false);

/// The keys of a plan's commands, index = number - 1.
std::vector<CommandKey> command_keys(const Plan& plan);

struct ResumeOptions {
  bool verify = false;  // compare inputs by content, not by size and time
  /// Size, time (and hash when asked) of a path now.
  std::function<Fingerprint(const std::string& path, bool with_hash)> fingerprint;
};

/// What a continued run need not do again, and why it does the rest.
struct ResumePlan {
  Scheduler::Resume scheduler;
  /// Commands that were done but run again, because they or what they read
  /// changed: their old outputs are outdated.
  std::vector<bool> outdated;
  struct Reason {
    CommandId command{};
    std::string text;  // "its input data/a.csv changed"
  };
  std::vector<Reason> reasons;  // first causes only, not their dependents
};

/// Done is done where the command's text and state are unchanged, its inputs
/// that no command of the plan writes are unchanged, its outputs that it is
/// the last to write exist, and no command that it reads from or overwrites
/// runs again.
ResumePlan plan_resume(const Plan& plan, const std::vector<CommandKey>& keys, const RunRecord& record,
                       const ResumeOptions& options);

}  // namespace shoal
