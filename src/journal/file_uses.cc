#include "journal/file_uses.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "journal/path_patterns.h"

namespace shoal {
namespace {

template <class Visit>
void for_each_access(const Plan& plan, Visit&& visit) {
  for (std::uint32_t id = 1; id <= plan.command_count(); ++id) {
    for (const Access& access : plan.accesses(CommandId{id})) visit(CommandId{id}, access);
  }
}

/// The trees and globs that commands change (or, else, read).
PathPatterns patterns_of(const Plan& plan, bool changed) {
  PathPatterns patterns;
  for_each_access(plan, [&](CommandId command, const Access& access) {
    if (access.extent != Extent::exact && changes_contents(access.mode) == changed) {
      patterns.add(plan.paths().text(access.path), access.extent, command);
    }
  });
  return patterns;
}

}  // namespace

FileUses::FileUses(const Plan& plan) : plan_(plan) {
  choose_files();
  gather_exact_uses();
  if (!files_.empty()) add_pattern_uses();
}

void FileUses::choose_files() {
  const PathPatterns changed = patterns_of(plan_, true);
  file_of_path_.assign(plan_.paths().size(), kNone);
  std::vector<bool> used(file_of_path_.size());
  for_each_access(plan_, [&](CommandId, const Access& access) {
    if (access.extent != Extent::exact) return;
    const std::uint32_t path = number(access.path);
    bool matters =
        access.mode == AccessMode::append || (used[path] && changes_contents(access.mode));
    if (!used[path] && !changed.empty()) {
      changed.covering(plan_.paths().text(access.path), [&](CommandId) { matters = true; });
    }
    used[path] = true;
    if (!matters || file_of_path_[path] != kNone) return;
    file_of_path_[path] = static_cast<std::uint32_t>(files_.size());
    files_.push_back(access.path);
  });
}

void FileUses::gather_exact_uses() {
  const auto for_each_use = [&](auto&& visit) {
    for_each_access(plan_, [&](CommandId command, const Access& access) {
      const std::uint32_t file = file_of_path_[number(access.path)];
      if (access.extent == Extent::exact && file != kNone) {
        visit(file, FileUse{command, access.mode, access.certain});
      }
    });
  };
  first_.assign(files_.size() + 1, 0);
  for_each_use([&](std::uint32_t file, const FileUse&) { ++first_[file + 1]; });
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  uses_.resize(first_.back());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for_each_use([&](std::uint32_t file, const FileUse& use) { uses_[next[file]++] = use; });
}

void FileUses::add_pattern_uses() {
  const PathPatterns read = patterns_of(plan_, false);
  const PathPatterns changed = patterns_of(plan_, true);
  if (read.empty() && changed.empty()) return;
  std::vector<FileUse> all;
  std::vector<std::uint32_t> first{0};
  for (std::uint32_t file = 0; file < file_count(); ++file) {
    const std::string path = plan_.paths().text(files_[file]);
    const auto exact = uses(file);
    const auto begin = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), exact.begin(), exact.end());
    read.covering(path, [&](CommandId command) {
      all.push_back({command, AccessMode::read, false});
    });
    // A removal is what a change of a tree can do worst, and the one after
    // which nothing is expected to exist.
    changed.covering(path, [&](CommandId command) {
      all.push_back({command, AccessMode::remove, false});
    });
    std::stable_sort(all.begin() + begin, all.end(),
                     [](const FileUse& a, const FileUse& b) { return a.command < b.command; });
    first.push_back(static_cast<std::uint32_t>(all.size()));
  }
  uses_ = std::move(all);
  first_ = std::move(first);
}

std::span<const FileUse> FileUses::uses(PathId path) const {
  const std::uint32_t file = file_of_path_[number(path)];
  return file == kNone ? std::span<const FileUse>() : uses(file);
}

}  // namespace shoal
