#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace shoal {

/// The lines of a jobs file that change the shell, in file order. The command
/// with Command::state == n sees the first n entries.
class ShellState {
 public:
  struct Entry {
    CommandId command;      // whose line it is
    std::string_view text;  // the line; owned by the JobsText
    /// The line is opaque: it ran once, and what it left (variables, folder,
    /// options, functions) is read back from the snapshot that run made.
    bool from_snapshot = false;
    /// Entries before this one no longer matter (a snapshot holds everything).
    bool supersedes_all = false;
  };

  void add(Entry entry) { entries_.push_back(entry); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  const std::vector<Entry>& entries() const { return entries_; }

  /// The entries that a command with Command::state == `count` has to replay,
  /// first to last: from the newest one that supersedes all before it.
  std::vector<Entry> to_replay(std::uint32_t count) const;

  /// A number for "the same shell state", to compare commands across edits of
  /// the jobs file; `count` as above.
  std::uint64_t fingerprint(std::uint32_t count) const;

  /// Whether `set -e` (or a `#!` with -e) is in effect for `count` entries.
  bool exits_on_error(std::uint32_t count) const;
  void set_exits_on_error_from(std::uint32_t count) { exits_on_error_from_ = count; }

 private:
  std::vector<Entry> entries_;
  std::uint32_t exits_on_error_from_ = UINT32_MAX;
};

}  // namespace shoal
