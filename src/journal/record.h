#pragma once

#include <cstdint>
#include <optional>
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
#include "sched/start_verdict.h"

namespace shoal {

/// Who a command is, whatever its number: a hash of its text and of the shell
/// state before it, and which of several equal ones it is (0-based, in file
/// order). Lets a run go on after lines were added to the jobs file.
struct CommandKey {
  std::uint64_t hash = 0;
  std::uint32_t occurrence = 0;
  friend auto operator<=>(const CommandKey&, const CommandKey&) = default;
};

/// The first record of every journal.
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
  /// Where its results are uploaded to; no bucket: nowhere. The prefix is kept
  /// by those who go on with the run.
  std::string bucket = {};
  std::string prefix = {};
};

/// A file that a command appends to, and its size in bytes when the command
/// begins (after the file was cut back, if it was); -1: absent. Cutting the
/// file to this size undoes the attempt.
using AppendedFile = std::pair<std::string, std::int64_t>;

struct StartRecord {
  CommandId command{};
  CommandKey key;
  AttemptNumber attempt{};
  WallTime time{};
  std::vector<AppendedFile> appended;
  bool only_upload = false;  // the command itself is not run again
};

/// Where a running attempt's output begins. Only for one that runs longer than
/// a moment, so that somebody may want to look.
struct LogRecord {
  CommandId command{};
  CommandKey key;
  AttemptNumber attempt{};
  SlotIndex slot{};
  std::uint64_t begin = 0;  // bytes
  std::string worker = {};  // as in AttemptResult
};

/// An attempt's end. An `ok` end alone makes its command done; after an
/// `upload_failed` one only its upload is left.
struct EndRecord {
  CommandKey key;
  std::uint64_t shape = 0;
  AttemptResult result;
};

/// A terminal state that the ends do not tell; see needs_settle_record.
struct SettleRecord {
  CommandId command{};
  CommandKey key;
  CommandState state = CommandState::done;
  std::optional<Incomplete> incomplete;
  WallTime time{};
};

/// A command was started cold and warm on trial; what it says holds for all
/// commands of its shape.
struct VerifyRecord {
  CommandKey key;
  std::uint64_t shape = 0;
  WallTime time{};
  VerifiedStart verified;
};

struct CloseRecord {
  WallTime time{};
  int exit_code = 0;
};

using JournalRecord = std::variant<HeaderRecord, OpenRecord, StartRecord, LogRecord, EndRecord,
                                   SettleRecord, VerifyRecord, CloseRecord>;

inline constexpr int kJournalVersion = 1;

/// Whether the host must append a SettleRecord for the action. Not for a plain
/// success, which its end record says already, and not for a retry: a command
/// that succeeds costs the journal two lines.
bool needs_settle_record(const SettleAction& action);

/// One line of JSON, with its newline, appended to `out`. Format: docs/journal.md.
void append_json(const JournalRecord& record, std::string& out);

/// Reads one line (without newline). nullopt: a kind of record that this shoal
/// does not know, to be passed over. Errors have no place: the caller knows it.
Expected<std::optional<JournalRecord>> parse_record(std::string_view line);

}  // namespace shoal
