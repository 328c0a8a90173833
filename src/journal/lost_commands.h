#pragma once

#include <cstdint>
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
  /// The size of the file before the first of them that appended to it and
  /// started between two positions of the journal; nullptr when none did.
  const std::int64_t* size_before(const std::string& path, std::uint32_t after,
                                  std::uint32_t before) const;

 private:
  struct Span {
    WallTime begin;
    WallTime last_end;  // of this one and those before it
  };
  struct Append {
    std::uint32_t position = 0;  // of its start
    std::int64_t size = 0;
  };
  std::vector<Span> spans_;                                       // by begin
  std::unordered_map<std::string, std::vector<Append>> appends_;  // by position
};

}  // namespace shoal
