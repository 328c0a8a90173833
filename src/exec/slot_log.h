#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "exec/descriptor.h"

namespace shoal {

/// The file that takes what the commands of one slot print, one after the
/// other. Commands write to it themselves; shoal only looks where it ends.
class SlotLog {
 public:
  /// Where a slot's log stands in a run's log folder.
  static std::string path(const std::string& log_folder, SlotIndex slot);
  /// Opens for appending; makes the file.
  static Expected<SlotLog> open(std::string path);

  int descriptor() const { return file_.get(); }
  /// Bytes in the file now.
  std::uint64_t end() const;
  /// For shoal's own words about a command.
  void append(std::string_view text) const;
  /// The last bytes of a range, at most `limit`.
  std::string tail(std::uint64_t begin, std::uint64_t end, std::size_t limit) const;

 private:
  SlotLog(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  FileDescriptor file_;
  std::string path_;
};

}  // namespace shoal
