#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "job/command.h"

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

  void add(Entry entry);
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  const std::vector<Entry>& entries() const { return entries_; }

  /// The entries that a command with Command::state == `count` has to replay,
  /// first to last: from the newest one that supersedes all before it.
  std::vector<Entry> to_replay(std::uint32_t count) const;

  /// A number for "the same shell state", to compare commands across edits of
  /// the jobs file; `count` as above. Made from the entries' texts alone.
  std::uint64_t fingerprint(std::uint32_t count) const;

  /// Whether `set -e` (or a `#!` with -e) is in effect for `count` entries.
  ErrorExit error_exit(std::uint32_t count) const;
  bool may_exit_on_error(std::uint32_t count) const { return error_exit(count) != ErrorExit::off; }
  /// Says how it is with `set -e` for commands that see `count` entries or
  /// more. Calls come in the order of `count`.
  void set_error_exit_from(std::uint32_t count, ErrorExit error_exit);

 private:
  struct Mark {
    std::uint64_t hash = 0;  // fingerprint when this entry is the last
    std::uint32_t first_to_replay = 0;
  };
  struct Switch {
    std::uint32_t from = 0;
    ErrorExit to = ErrorExit::off;
  };
  std::vector<Entry> entries_;
  std::vector<Mark> marks_;  // one for each entry
  std::vector<Switch> switches_;
};

}  // namespace shoal
