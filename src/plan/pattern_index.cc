#include "plan/pattern_index.h"

#include <algorithm>
#include <optional>

namespace shoal {
namespace {

/// The folders of a path from its topmost one down, with the path itself.
std::vector<PathId> way_to(const PathTable& paths, PathId path) {
  std::vector<PathId> way;
  for (std::optional<PathId> at = path; at; at = paths.parent(*at)) way.push_back(*at);
  std::reverse(way.begin(), way.end());
  return way;
}

bool name_matches(const NameGlob& glob, std::string_view name) {
  return name != "." && glob.matches(name);
}

}  // namespace

PatternIndex::PatternIndex(const PathTable& paths)
    : paths_(paths), index_(paths.size(), 0), view_of_folder_(paths.size(), 0) {}

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
    add_tree(folder);
    index_[number(glob)] = place(folder).tree + 1;
    return;
  }
  Place& at = place(folder);
  index_[number(glob)] = size() + 1;
  std::vector<NameGlob> globs;
  for (std::string& name : names) globs.emplace_back(std::move(name));
  patterns_.push_back({folder, std::move(globs), at.globs});
  at.globs = size() - 1;
  ++at.glob_count;
}

std::uint32_t PatternIndex::pattern_of(const Access& access) const {
  const std::uint32_t at = index_[number(access.path)];
  if (access.extent == Extent::tree) return places_[at - 1].tree;
  return at - 1;
}

PatternIndex::View& PatternIndex::view(PathId folder) {
  std::uint32_t& at = view_of_folder_[number(folder)];
  if (at != 0) return views_[at - 1];
  View view;
  const std::vector<PathId> way = way_to(paths_, folder);
  for (std::size_t i = 0; i < way.size(); ++i) {
    const Place* above = find_place(way[i]);
    if (above == nullptr) continue;
    const std::size_t levels = way.size() - 1 - i;
    for (std::uint32_t glob = above->globs; glob != kNone; glob = patterns_[glob].next) {
      const auto& names = patterns_[glob].names;
      bool fits = names.size() > levels;
      for (std::size_t k = 0; fits && k < levels; ++k) {
        fits = name_matches(names[k], paths_.name(way[i + 1 + k]));
      }
      if (!fits) continue;
      if (names.size() == levels + 1) {
        view.last.push_back(glob);
      } else {
        view.deeper.push_back({glob, static_cast<std::uint32_t>(levels)});
      }
    }
  }
  views_.push_back(std::move(view));
  at = static_cast<std::uint32_t>(views_.size());
  return views_.back();
}

void PatternIndex::fill_trees(PathId folder, View& view) const {
  view.has_trees = true;
  for (std::optional<PathId> at = folder; at; at = paths_.parent(*at)) {
    const Place* above = find_place(*at);
    if (above != nullptr && above->tree != kNone) view.trees.push_back(above->tree);
  }
}

bool PatternIndex::may_match_below(PathId path) {
  const auto folder = paths_.parent(path);
  if (!folder || patterns_.empty()) return false;
  const View& in_folder = view(*folder);
  return std::any_of(in_folder.deeper.begin(), in_folder.deeper.end(), [&](const auto& deeper) {
    return name_matches(patterns_[deeper.pattern].names[deeper.name], paths_.name(path));
  });
}

void PatternIndex::covering(PathId path, std::span<const std::string_view> appended,
                            std::vector<std::uint32_t>& out) {
  // A pattern is no path that something could cover.
  if (patterns_.empty() || paths_.is_pattern(path)) return;
  if (const Place* own = find_place(path); own != nullptr && own->tree != kNone) {
    out.push_back(own->tree);
  }
  const auto folder = paths_.parent(path);
  if (!folder) return;
  View& in_folder = view(*folder);
  if (!in_folder.has_trees) fill_trees(*folder, in_folder);
  out.insert(out.end(), in_folder.trees.begin(), in_folder.trees.end());
  const std::string_view name = paths_.name(path);
  for (const std::uint32_t pattern : in_folder.last) {
    const NameGlob& glob = patterns_[pattern].names.back();
    const bool covers = name_matches(glob, name) ||
                        std::any_of(appended.begin(), appended.end(), [&](std::string_view ending) {
                          return glob.matches(std::string(name).append(ending));
                        });
    if (covers) out.push_back(pattern);
  }
}

void PatternIndex::overlapping(std::uint32_t pattern, std::vector<Overlap>& out) const {
  out.clear();
  const Pattern& lower = patterns_[pattern];
  const std::vector<PathId> way = way_to(paths_, lower.folder);
  for (std::size_t i = 0; i < way.size(); ++i) {
    const Place* above = find_place(way[i]);
    if (above == nullptr) continue;
    const std::size_t levels = way.size() - 1 - i;
    if (above->tree != kNone && above->tree != pattern) out.push_back({above->tree, levels == 0});
    for (std::uint32_t glob = above->globs; glob != kNone; glob = patterns_[glob].next) {
      const auto& names = patterns_[glob].names;
      // What matches it must lie at or below the folder of `lower`.
      bool meets = glob != pattern && names.size() >= levels;
      for (std::size_t k = 0; meets && k < levels; ++k) {
        meets = name_matches(names[k], paths_.name(way[i + 1 + k]));
      }
      if (meets && !lower.names.empty()) {
        meets = names.size() == levels + lower.names.size();
        for (std::size_t k = 0; meets && k < lower.names.size(); ++k) {
          meets = globs_may_overlap(names[levels + k].pattern(), lower.names[k].pattern());
        }
      }
      if (meets) out.push_back({glob, levels == 0});
    }
  }
}

}  // namespace shoal
