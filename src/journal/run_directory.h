#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// `.shoal/` beside a jobs file.
class ShoalFolder {
 public:
  /// Of the jobs file at `jobs_file` (absolute). Does not touch the disk.
  explicit ShoalFolder(const std::string& jobs_file);
  const std::string& path() const { return path_; }
  std::string commands_toml() const;  // the user's rows of the command table
  std::string history() const;        // ShapeHistory as JSON Lines
  std::string run(const RunId& id) const;
  std::string journal(const RunId& id) const;
  std::string logs(const RunId& id) const;      // folder of slot-N.log
  std::string scripts(const RunId& id) const;   // over-long lines
  std::string snapshots(const RunId& id) const; // shell states after opaque lines
  std::string replaced(const RunId& id) const;  // outputs moved aside, never deleted

  /// Runs in this folder, oldest first. `jobs_file` (absolute) limits them to
  /// those of that file (by the journal's header).
  std::vector<RunId> runs(const std::optional<std::string>& jobs_file = std::nullopt) const;

 private:
  std::string path_;
};

/// The right to write one run's journal: an exclusive flock on `lock` in the
/// run directory, held until destruction (or by the guardian).
class RunLock {
 public:
  /// Waits a short while for a dying predecessor's guardian; then an
  /// infrastructure error that says which process on which host holds it.
  static Expected<RunLock> acquire(const std::string& run_folder);
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;
  ~RunLock();
  int descriptor() const { return descriptor_; }
  /// Whether some process holds the lock of that run now.
  static bool is_held(const std::string& run_folder);

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace shoal
