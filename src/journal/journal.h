#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "journal/record.h"

namespace shoal {

/// The durable record of a run, appended to by one process, which must hold
/// the run's RunLock.
///
/// Records gather in memory; write() hands them to the kernel in one write(2),
/// after which they survive the death of shoal; sync() makes a background
/// thread fsync, after which they survive the death of the machine. The host
/// calls write() before it starts what the records announce.
///
/// Not thread-safe. The thread is made by the first sync(), so a writer that is
/// only open does not stand in the way of a fork.
class JournalWriter {
 public:
  /// Opens for appending, makes the file if it is absent, and cuts a torn last
  /// line. The folder must exist.
  static Expected<std::unique_ptr<JournalWriter>> open(const std::string& path);
  /// Writes and syncs; what fails then is not told, so call flush() before.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void append(const JournalRecord& record);
  /// Error: the disk is full or gone; nothing more may be started. The records
  /// are kept, and the file ends with a whole line or is cut to one before the
  /// next attempt to write. Also tells of an fsync that failed since the last
  /// call; that error stays.
  Expected<void> write();
  /// Asks for an fsync of what was written and returns at once. Calls that come
  /// while one is under way are answered together by the next one.
  void sync();
  /// Writes and waits until all is on disk.
  Expected<void> flush();

 private:
  class Impl;
  explicit JournalWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Calls `visit` for every whole record, the header first, in constant memory.
/// A torn last line is ignored; a broken line elsewhere, a version that this
/// shoal does not know, or a first line that is no header is an error with its
/// line. An empty journal (shoal died before its first write) has no records.
/// Returns where the last whole line ends, in bytes.
Expected<std::uint64_t> replay_journal(const std::string& path,
                                       const std::function<void(JournalRecord&&)>& visit);

/// Goes on from where a replay ended: visits what was appended since, and
/// returns the new end. A torn last line is left to the next call, which finds
/// it whole, or another in its place.
Expected<std::uint64_t> replay_more(const std::string& path, std::uint64_t from,
                                    const std::function<void(JournalRecord&&)>& visit);

/// The header alone: reads the first line and nothing else.
Expected<HeaderRecord> read_header(const std::string& path);

}  // namespace shoal
