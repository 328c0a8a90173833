#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/run_lookup.h"
#include "base/error.h"
#include "journal/record.h"
#include "journal/run_record.h"

namespace shoal {

/// What the journal says of an attempt that somebody follows while it runs.
/// Each look reads only what was appended since the last one.
class FollowedAttempt {
 public:
  /// The last attempt of a command that runs.
  FollowedAttempt(const FoundRun& run, const CommandRecord& command);

  Expected<void> look();

  /// Where its output begins; nullopt: not told yet.
  const std::optional<RunningLog>& log() const { return log_; }
  bool is_over() const { return is_over_; }
  /// Where its output ends; nullopt while it runs, and where it went down with
  /// its run, with all that stands in the log then.
  std::optional<std::uint64_t> end() const { return end_; }

 private:
  template <class Record>
  void hear(const Record& /*of no concern*/) {}
  void hear(const LogRecord& record);
  void hear(const EndRecord& record);
  void hear(const OpenRecord& record);
  bool is_it(const CommandKey& key, AttemptNumber attempt) const;

  std::string journal_;
  std::string run_folder_;
  std::uint64_t journal_end_;  // of what was read
  CommandKey key_;
  std::uint32_t attempt_;
  std::optional<RunningLog> log_;
  std::optional<std::uint64_t> end_;
  bool is_over_ = false;
};

}  // namespace shoal
