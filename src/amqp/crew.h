#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/error.h"

namespace shoal {

/// Workers that were started together, for one run: those of a Job, say. A file
/// on the shared volume, `.shoal/crews/NAME`, tells when the first of them came.
/// If a run was finished after that, it was theirs, and whoever of them comes
/// now has come too late.
///
/// Both times are those of files that were made on the volume, so no two clocks
/// are compared.
class Crew {
 public:
  /// Of nobody: never finished.
  Crew() = default;
  /// Makes the crew's file, if this is its first worker. `name`: letters,
  /// digits, dots, dashes and underscores.
  static Expected<Crew> join(const std::string& work_folder, const std::string& name);

  /// Whether a run of the work folder was finished since the first one came.
  bool is_finished() const;

 private:
  Crew(std::string runs, std::filesystem::file_time_type begin)
      : runs_(std::move(runs)), begin_(begin) {}

  std::string runs_;  // empty: no crew
  std::filesystem::file_time_type begin_;
};

}  // namespace shoal
