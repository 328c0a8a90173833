#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "plan/plan.h"

namespace shoal {

/// Whether the access leaves the path with other contents (a made folder is
/// not: it commutes).
constexpr bool changes_contents(AccessMode mode) {
  return mode == AccessMode::write || mode == AccessMode::append || mode == AccessMode::remove;
}

/// One command's use of one file, exact or through a tree or glob.
struct FileUse {
  CommandId command{};
  AccessMode mode = AccessMode::read;
  bool certain = true;  // see Access::certain; false also for a tree or glob
};

/// Who uses which file, in file order, for the few files where the order
/// matters to a resumed run: those that a command appends to, those that one
/// changes after another use of them, and those below a tree or glob that some
/// command changes.
class FileUses {
 public:
  explicit FileUses(const Plan& plan);

  std::uint32_t file_count() const { return static_cast<std::uint32_t>(files_.size()); }
  PathId path(std::uint32_t file) const { return files_[file]; }
  std::span<const FileUse> uses(std::uint32_t file) const {
    return std::span(uses_).subspan(first_[file], first_[file + 1] - first_[file]);
  }
  /// Empty for all other paths: at most their first user changes them.
  std::span<const FileUse> uses(PathId path) const;

 private:
  void choose_files();
  void gather_exact_uses();
  void add_pattern_uses();

  static constexpr std::uint32_t kNone = UINT32_MAX;
  const Plan& plan_;
  std::vector<PathId> files_;
  std::vector<std::uint32_t> file_of_path_;
  std::vector<std::uint32_t> first_;  // by file, one more than files
  std::vector<FileUse> uses_;
};

}  // namespace shoal
