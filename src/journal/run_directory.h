#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"
#include "journal/file_descriptor.h"
#include "journal/record.h"

namespace shoal {

// What a run's folder holds, as paths in it.
inline constexpr std::string_view kLogFolder = "logs";            // slot-N.log, of each worker
inline constexpr std::string_view kScriptFolder = "scripts";      // over-long lines, likewise
inline constexpr std::string_view kSnapshotFolder = "snapshots";  // shell states
inline constexpr std::string_view kWarmFolder = "warm";           // of warm starts, likewise
inline constexpr std::string_view kVerifyFolder = "verify";       // of commands tried cold and warm
inline constexpr std::string_view kReplacedFolder = "replaced";   // what was moved aside

/// A path in a run's folder; of what each worker has of its own, with its name.
std::string in_run_folder(const std::string& run_folder, std::string_view path,
                          std::string_view worker = {});

/// `.shoal/` beside a jobs file.
class ShoalFolder {
 public:
  /// Of the jobs file at `jobs_file` (absolute). Does not touch the disk.
  explicit ShoalFolder(const std::string& jobs_file);
  const std::string& path() const { return path_; }
  std::string commands_toml() const;   // the user's rows of the command table
  std::string history() const;         // ShapeHistory as JSON Lines
  std::string warm_knowledge() const;  // folder: what Python programs import
  std::string run(const RunId& id) const;
  std::string journal(const RunId& id) const;
  std::string cancel_file(const RunId& id) const;  // asks the run's process to stop
  /// Folder of a worker's slot-N.log; of the tasker's own without a name.
  std::string logs(const RunId& id, std::string_view worker = {}) const;

  /// Runs in this folder, oldest first; none when the folder is absent.
  /// `jobs_file` limits them to those whose header names a file of that name:
  /// the name alone counts, because all jobs files of the folder stand beside
  /// it, and the project may have been moved since. Reads a line a run.
  std::vector<RunId> runs(const std::optional<std::string>& jobs_file = std::nullopt) const;

 private:
  std::string path_;
};

/// Whether a run may be continued with the jobs file in that working directory
/// (both absolute): it is the same file and the same folder, or both were moved
/// together. Paths in commands mean something else from another folder.
bool continues(const HeaderRecord& header, const std::string& jobs_file,
               const std::string& working_directory);

/// The right to write one run's journal: an exclusive flock on `lock` in the
/// run directory, held until destruction and for as long as a child that was
/// forked without exec (the guardian) keeps the descriptor.
class RunLock {
 public:
  static constexpr std::chrono::milliseconds kPatience{5000};

  /// Makes the run folder if it is absent. While another holds the lock, tries
  /// again until `patience` is over: the guardian of a predecessor that was
  /// killed needs a moment. Then an infrastructure error that says which
  /// process on which host holds it.
  static Expected<RunLock> acquire(const std::string& run_folder,
                                   std::chrono::milliseconds patience = kPatience);
  int descriptor() const { return file_.get(); }
  /// Whether some process holds the lock of that run now.
  static bool is_held(const std::string& run_folder);

 private:
  explicit RunLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace shoal
