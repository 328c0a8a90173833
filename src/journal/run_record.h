#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "journal/record.h"

namespace shoal {

/// What a journal says of one command. Some 130 bytes, because there may be a
/// million; what few commands have is kept beside, in the RunRecord.
struct CommandRecord {
  CommandKey key;
  CommandId command{};         // its number when it last started or settled
  std::uint32_t attempts = 0;  // the highest number that was started
  /// running: started and not ended (lost, if the run is not alive); ready:
  /// ended not ok and not settled; waiting never; else as it was settled, and
  /// done after an ok end.
  CommandState state = CommandState::ready;
  bool has_end = false;
  bool done_once = false;  // some attempt ended ok, even if a later one did not
  /// It ran ok, and nothing but its upload is to be done.
  bool upload_left = false;
  /// False of one that runs: the journal does not tell yet where its output goes.
  bool log_is_known = false;

  /// Of the last attempt that ended, if has_end:
  EndClass end = EndClass::ok;
  AttemptNumber ended_attempt{};
  int exit_code = 0;
  int signal = 0;
  std::uint32_t worker = 0;  // of the attempt that `log` is of: see RunRecord::worker
  Duration wall{0};
  ResourceUsage usage;
  /// Of the attempt that runs, as far as it is known (the end is then the
  /// beginning); else of the last one.
  LogRange log;

  WallTime started{};                // of the last attempt
  Incomplete incomplete;             // total 0: it was complete
  std::uint32_t start_position = 0;  // of the last start and the last end among the
  std::uint32_t end_position = 0;    // journal's records, from 1; 0: none

  /// Where its inputs stand in RunRecord::input_indexes.
  std::uint32_t first_input = 0;
  std::uint32_t input_count = 0;
};

/// Finds records by key: a hash table of indexes, 8 bytes a command.
class KeyIndex {
 public:
  static constexpr std::uint32_t kAbsent = UINT32_MAX;
  std::uint32_t find(const CommandKey& key, const std::vector<CommandRecord>& commands) const;
  /// `index` is the place of a record with a key that is not in the table.
  void add(std::uint32_t index, const std::vector<CommandRecord>& commands);

 private:
  std::size_t slot_of(const CommandKey& key, const std::vector<CommandRecord>& commands) const;
  std::vector<std::uint32_t> slots_;  // kAbsent: free; size a power of two
  std::size_t used_ = 0;
};

/// Everything a journal says, command by command: for reports and for going on.
struct RunRecord {
  HeaderRecord header;
  std::vector<OpenRecord> opens;
  std::optional<CloseRecord> close;     // absent while running or after a crash
  std::uint64_t journal_end = 0;        // bytes read; see replay_more
  std::vector<CommandRecord> commands;  // in order of first appearance
  /// Every attempt that ended, in order; only when asked for (exports need it).
  std::vector<EndRecord> attempts;

  /// The names of the workers, once each; the first is "", the tasker's own machine.
  std::vector<std::string> workers{""};
  /// Every state of an input that some attempt saw, once.
  std::vector<Fingerprint> fingerprints;
  std::vector<std::uint32_t> input_indexes;  // into fingerprints

  /// nullptr: the journal does not know the command.
  const CommandRecord* find(const CommandKey& key) const;
  /// The latest that had the number. After an edit of the jobs file that may be
  /// a command that has another number now: prefer the key where a plan is at hand.
  const CommandRecord* find(CommandId id) const;

  /// Indexes into `fingerprints`: the inputs of the last attempt that ended.
  std::span<const std::uint32_t> inputs(const CommandRecord& command) const;
  /// "" for most.
  std::string_view detail(const CommandRecord& command) const;
  /// In whose logs the command's `log` is; "": the tasker's own.
  const std::string& worker(const CommandRecord& command) const { return workers[command.worker]; }
  /// Files it appends to, with their sizes when its last attempt started.
  std::span<const AppendedFile> appended(const CommandRecord& command) const;
  /// Where the run's results were uploaded to last; nullptr: nowhere.
  const OpenRecord* last_upload_target() const;

  std::vector<VerifyRecord> verified;  // commands started on trial, in order
  /// What the last of them says of each shape.
  std::map<std::uint64_t, StartVerdict> verdicts() const;
  std::uint32_t warm_attempts = 0;  // of all that ended
  std::uint32_t cold_attempts = 0;  // likewise, as far as their commands began
  Duration spared{0};               // what the warm ones were spared

  KeyIndex by_key;
  std::vector<std::uint32_t> by_number;                    // number - 1 to index; KeyIndex::kAbsent
  std::unordered_map<std::uint32_t, std::string> details;  // by index
  std::unordered_map<std::uint32_t, std::vector<AppendedFile>> appended_files;
  /// What was uploaded of a command's files, by index.
  std::unordered_map<std::uint32_t, std::vector<UploadedFile>> uploads;
};

/// Reads a journal. Errors as of replay_journal, and a journal without header.
Expected<RunRecord> read_run(const std::string& journal_path, bool every_attempt = false);

}  // namespace shoal
