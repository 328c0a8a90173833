#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "journal/journal.h"
#include "journal/record.h"

namespace shoal {

inline HeaderRecord sample_header() {
  return {"01ARYZ6S410000000000000000", "0.1.0", "/project/jobs.sh", "/project",
          WallTime(Duration(1'732'456'789'000'000))};
}

inline StartRecord sample_start(std::uint32_t command, std::uint32_t attempt = 1) {
  StartRecord record;
  record.command = CommandId{command};
  record.key = {command * 1000003ULL, 0};
  record.attempt = AttemptNumber{attempt};
  record.time = WallTime(Duration(1'732'456'789'000'000 + command));
  return record;
}

inline EndRecord sample_end(std::uint32_t command, std::uint32_t attempt = 1,
                            EndClass end = EndClass::ok) {
  EndRecord record;
  record.key = {command * 1000003ULL, 0};
  record.result.command = CommandId{command};
  record.result.attempt = AttemptNumber{attempt};
  record.result.end = end;
  record.result.exit_code = end == EndClass::ok ? 0 : 1;
  record.result.started = WallTime(Duration(1'732'456'789'000'000 + command));
  record.result.wall = Duration(1'234'567);
  return record;
}

/// The lines of a replay, as they were written; an error is its sentence.
inline std::vector<std::string> replayed_lines(const std::string& path) {
  std::vector<std::string> lines;
  const auto replayed = replay_journal(
      path, [&](JournalRecord&& record) { append_json(record, lines.emplace_back()); });
  if (!replayed) lines.push_back(replayed.error().sentence());
  return lines;
}

inline std::string line_of(const JournalRecord& record) {
  std::string line;
  append_json(record, line);
  return line;
}

}  // namespace shoal
