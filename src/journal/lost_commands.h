#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "journal/run_record.h"

namespace shoal {

/// Commands that ran and that the jobs file no longer has: their lines were
/// edited or taken out. What they did to files that others change too must not
/// stay beside what the new lines do.
class LostCommands {
 public:
  /// `records` are those of the plan's commands (nullptr: none).
  LostCommands(const RunRecord& run, const std::vector<const CommandRecord*>& records);

  /// Whether one of them ran at that time.
  bool ran_at(WallTime time) const;
  /// The smallest size that one of them noted of a file before it appended to
  /// it, among those that started behind a position of the journal.
  std::optional<std::int64_t> smallest_size_since(const std::string& path,
                                                  std::uint32_t position) const;

 private:
  struct Span {
    WallTime begin;
    WallTime last_end;  // of this one and those before it
  };
  struct Append {
    std::uint32_t position = 0;  // of its start
    std::int64_t smallest = 0;   // size of this one and those after it
  };
  std::vector<Span> spans_;                                       // by begin
  std::unordered_map<std::string, std::vector<Append>> appends_;  // by position
};

}  // namespace shoal
