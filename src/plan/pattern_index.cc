#include "plan/pattern_index.h"

#include <algorithm>
#include <optional>

#include "plan/glob.h"

namespace shoal {
namespace {

/// Calls `visit(folder, names)` for a path's own place and each folder above,
/// with the names that lead from there to the path, deepest first. Stops when
/// `visit` returns false.
template <class Visit>
void walk_up(const PathTable& paths, PathId path, Visit&& visit) {
  constexpr std::size_t kUsualDepth = 32;
  std::string_view few[kUsualDepth];
  std::vector<std::string_view> many;
  std::size_t depth = 0;
  std::optional<PathId> at = path;
  while (at) {
    const std::string_view* names = many.empty() ? few : many.data();
    if (!visit(*at, std::span<const std::string_view>(names, depth))) return;
    if (depth == kUsualDepth && many.empty()) many.assign(few, few + depth);
    if (depth < kUsualDepth) {
      few[depth] = paths.name(*at);
    } else {
      many.push_back(paths.name(*at));
    }
    ++depth;
    at = paths.parent(*at);
  }
}

/// Whether the first `count` pattern names match the path names, which stand
/// deepest first.
bool names_match(const std::vector<std::string>& patterns, std::span<const std::string_view> names,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = names[names.size() - 1 - i];
    if (name == "." || !glob_matches(patterns[i], name)) return false;
  }
  return true;
}

}  // namespace

PatternIndex::PatternIndex(const PathTable& paths) : paths_(paths), index_(paths.size(), 0) {}

PatternIndex::Place& PatternIndex::place(PathId folder) {
  std::uint32_t& at = index_[number(folder)];
  if (at == 0) {
    places_.emplace_back();
    at = static_cast<std::uint32_t>(places_.size());
  }
  return places_[at - 1];
}

const PatternIndex::Place* PatternIndex::find_place(PathId folder) const {
  const std::uint32_t at = index_[number(folder)];
  return at == 0 ? nullptr : &places_[at - 1];
}

void PatternIndex::add_tree(PathId folder) {
  Place& at = place(folder);
  if (at.tree != kNone) return;
  at.tree = size();
  patterns_.push_back({folder, {}, kNone});
}

void PatternIndex::add_glob(PathId glob, PathId folder, std::vector<std::string> names) {
  if (index_[number(glob)] != 0) return;
  if (place(folder).glob_count >= kMostGlobs) {
    // Taken as the whole folder.
    add_tree(folder);
    index_[number(glob)] = place(folder).tree + 1;
    return;
  }
  Place& at = place(folder);
  index_[number(glob)] = size() + 1;
  patterns_.push_back({folder, std::move(names), at.globs});
  at.globs = size() - 1;
  ++at.glob_count;
}

std::uint32_t PatternIndex::pattern_of(const Access& access) const {
  const std::uint32_t at = index_[number(access.path)];
  if (access.extent == Extent::tree) return places_[at - 1].tree;
  return at - 1;
}

void PatternIndex::covering(PathId path, std::span<const std::string_view> appended,
                            std::vector<std::uint32_t>& out) const {
  if (patterns_.empty()) return;
  walk_up(paths_, path, [&](PathId folder, std::span<const std::string_view> names) {
    const Place* at = find_place(folder);
    if (at == nullptr) return true;
    if (at->tree != kNone) out.push_back(at->tree);
    for (std::uint32_t glob = at->globs; glob != kNone; glob = patterns_[glob].next) {
      const auto& patterns = patterns_[glob].names;
      if (patterns.size() != names.size()) continue;
      if (!names_match(patterns, names, names.size() - 1)) continue;
      const bool covers =
          (names[0] != "." && glob_matches(patterns.back(), names[0])) ||
          std::any_of(appended.begin(), appended.end(), [&](std::string_view ending) {
            return glob_matches(patterns.back(), std::string(names[0]).append(ending));
          });
      if (covers) out.push_back(glob);
    }
    return true;
  });
}

bool PatternIndex::may_match_below(PathId path) const {
  bool found = false;
  walk_up(paths_, path, [&](PathId folder, std::span<const std::string_view> names) {
    const Place* at = find_place(folder);
    if (at == nullptr) return true;
    for (std::uint32_t glob = at->globs; glob != kNone && !found; glob = patterns_[glob].next) {
      const auto& patterns = patterns_[glob].names;
      found = patterns.size() > names.size() && names_match(patterns, names, names.size());
    }
    return !found;
  });
  return found;
}

bool PatternIndex::overlap(const Pattern& lower, std::span<const std::string_view> names,
                           const Pattern& upper) const {
  if (upper.names.empty()) return true;
  const std::size_t depth = names.size();
  // What matches `upper` must lie at or below the folder of `lower`.
  if (upper.names.size() < depth || !names_match(upper.names, names, depth)) return false;
  if (lower.names.empty()) return true;
  if (upper.names.size() != depth + lower.names.size()) return false;
  for (std::size_t i = 0; i < lower.names.size(); ++i) {
    if (!globs_may_overlap(upper.names[depth + i], lower.names[i])) return false;
  }
  return true;
}

void PatternIndex::overlapping(std::uint32_t pattern, std::vector<Overlap>& out) const {
  out.clear();
  const Pattern& lower = patterns_[pattern];
  walk_up(paths_, lower.folder, [&](PathId folder, std::span<const std::string_view> names) {
    const Place* at = find_place(folder);
    if (at == nullptr) return true;
    const auto consider = [&](std::uint32_t other) {
      if (other != pattern && overlap(lower, names, patterns_[other])) {
        out.push_back({other, names.empty()});
      }
    };
    if (at->tree != kNone) consider(at->tree);
    for (std::uint32_t glob = at->globs; glob != kNone; glob = patterns_[glob].next) consider(glob);
    return true;
  });
}

}  // namespace shoal
