#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "journal/file_uses.h"
#include "journal/lost_commands.h"
#include "journal/resume.h"

namespace shoal {

/// The commands of a resumed run that run again, grown from first causes until
/// it is closed under the rules of docs/journal.md.
class RerunSet {
 public:
  /// `records` by command (number - 1), nullptr where the journal has none. All
  /// arguments must outlive the set.
  RerunSet(const Plan& plan, const std::vector<const CommandRecord*>& records, const RunRecord& run,
           const ResumeOptions& options, const FileUses& uses);

  void add(CommandId command) { reruns_[number(command) - 1] = true; }
  bool contains(CommandId command) const { return reruns_[number(command) - 1]; }
  /// Adds what the rules ask for.
  void close();
  /// A command it reads from or overwrites runs again, or ended after it started.
  bool is_stale(CommandId command) const { return stale_[number(command) - 1]; }

  /// After close(): see ResumePlan.
  std::unordered_map<std::uint32_t, std::vector<AppendedFile>> cut_back();
  std::vector<ResumePlan::Reason> warnings();

 private:
  void propagate();
  void add_unknown_effects();
  void add_for_file(std::uint32_t file);
  void add_earlier_changes(std::uint32_t file);
  void add_later_changes(std::uint32_t file);
  void note_what_has_run(std::uint32_t file);
  bool is_changed_since(std::uint32_t file, std::size_t at);
  bool must_see_earlier_contents(std::uint32_t file, std::size_t at);
  const FileUse* change_after(std::uint32_t file, std::size_t at);
  bool has_changed(std::uint32_t file, const FileUse& use, const CommandRecord* writer);
  const Fingerprint& now(std::uint32_t file);
  std::optional<std::int64_t> size_before(std::uint32_t file, std::size_t at) const;
  void add_now(CommandId command);
  const CommandRecord* record(CommandId command) const { return records_[number(command) - 1]; }
  bool has_run(CommandId command) const;

  const Plan& plan_;
  const std::vector<const CommandRecord*>& records_;
  const RunRecord& run_;
  const ResumeOptions& options_;
  const FileUses& uses_;
  const LostCommands lost_;
  std::vector<bool> reruns_;  // by node
  std::vector<bool> stale_;   // by node
  bool grew_ = false;
  /// Of the file looked at: by use, the next one (itself included) whose change
  /// the file bears, and the last one before that has changed it.
  std::vector<std::size_t> next_change_;
  std::vector<std::size_t> last_change_;
  std::optional<Fingerprint> now_;
};

}  // namespace shoal
