#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "journal/record.h"

namespace shoal {

/// The durable record of a run, appended to by one process.
///
/// Records gather in memory; write() hands them to the kernel in one write(2),
/// after which they survive the death of shoal; sync() makes a background
/// thread fsync, after which they survive the death of the machine. The host
/// calls write() before it starts what the records announce.
class JournalWriter {
 public:
  /// Opens for appending and cuts a torn last line.
  static Expected<std::unique_ptr<JournalWriter>> open(const std::string& path);
  ~JournalWriter();  // writes and syncs

  void append(const JournalRecord& record);
  /// Error: the disk is full or gone; nothing more may be started.
  Expected<void> write();
  /// Starts an fsync of what was written, unless one is under way.
  void sync();
  /// Writes and waits until all is on disk.
  Expected<void> flush();

 private:
  class Impl;
  explicit JournalWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Calls `visit` for every whole record. A torn last line is ignored; a broken
/// line elsewhere, or a version that this shoal does not know, is an error
/// with its line.
Expected<void> replay_journal(const std::string& path,
                              const std::function<void(JournalRecord&&)>& visit);

}  // namespace shoal
