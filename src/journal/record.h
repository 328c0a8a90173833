#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"
#include "sched/attempt.h"
#include "sched/scheduler.h"

namespace shoal {

/// Who a command is, whatever its number: a hash of its text and of the shell
/// state before it, and which of several equal ones it is (0-based, in file
/// order). Lets a run go on after lines were added to the jobs file.
struct CommandKey {
  std::uint64_t hash = 0;
  std::uint32_t occurrence = 0;
  friend auto operator<=>(const CommandKey&, const CommandKey&) = default;
};

struct HeaderRecord {
  std::string run_id;
  std::string shoal_version;
  std::string jobs_file;          // absolute path
  std::string working_directory;  // absolute path
  WallTime created{};
};
/// One process taking up the run.
struct OpenRecord {
  WallTime time{};
  std::string host;
  std::int64_t pid = 0;
  std::uint32_t slots = 0;
  std::uint32_t commands = 0;  // of the plan
  std::string mode;
};
struct StartRecord {
  CommandId command{};
  CommandKey key;
  AttemptNumber attempt{};
  WallTime time{};
  std::vector<std::pair<std::string, std::int64_t>> appended;  // sizes before, bytes; -1: absent
};
struct EndRecord {
  CommandKey key;
  std::uint64_t shape = 0;
  AttemptResult result;
};
struct SettleRecord {
  CommandId command{};
  CommandKey key;
  CommandState state = CommandState::done;
  std::optional<Incomplete> incomplete;
  WallTime time{};
};
struct CloseRecord {
  WallTime time{};
  int exit_code = 0;
};

using JournalRecord = std::variant<HeaderRecord, OpenRecord, StartRecord, EndRecord, SettleRecord, CloseRecord>;

inline constexpr int kJournalVersion = 1;

/// One line of JSON, with its newline, appended to `out`. Format: docs/journal.md.
void append_json(const JournalRecord& record, std::string& out);

/// Reads one line (without newline).
Expected<JournalRecord> parse_record(std::string_view line);

}  // namespace shoal
