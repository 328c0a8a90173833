#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/access_set.h"
#include "plan/glob.h"
#include "plan/path_table.h"

namespace shoal {

/// The trees and globs of a plan, found by what they cover. Each hangs at the
/// folder below which it matches; what lies above a folder is looked up once,
/// so that a path costs no more than the matching of its own name.
class PatternIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  /// More globs than this in one folder are taken as one tree: that orders
  /// more, and keeps the work for each path bounded.
  static constexpr std::uint32_t kMostGlobs = 64;

  /// `paths` must outlive the index; no path may be added to it any more.
  explicit PatternIndex(const PathTable& paths);

  /// `glob` is a pattern of the table, `folder` the one that split_glob names.
  /// All globs come before the first question.
  void add_glob(PathId glob, PathId folder, std::vector<std::string> names);
  /// All trees come before the first call of covering or overlapping.
  void add_tree(PathId folder);
  std::uint32_t size() const { return static_cast<std::uint32_t>(patterns_.size()); }

  /// The pattern of an access to a tree or glob that was added.
  std::uint32_t pattern_of(const Access& access) const;

  /// Whether some glob could match a path below this one, whatever is known.
  bool may_match_below(PathId path);

  /// Appends the patterns that cover a path to `out`. `appended` are endings of
  /// names that come and go beside it; a pattern that covers one of those
  /// counts too.
  void covering(PathId path, std::span<const std::string_view> appended,
                std::vector<std::uint32_t>& out);

  struct Overlap {
    std::uint32_t pattern = 0;
    bool same_folder = false;  // hangs at the same folder; else at one above
  };
  /// The patterns at the same folder and above that may match a common path.
  void overlapping(std::uint32_t pattern, std::vector<Overlap>& out) const;

 private:
  struct Pattern {
    PathId folder{};
    std::vector<NameGlob> names;  // one a level below the folder; empty: a tree
    std::uint32_t next = kNone;   // another glob of the folder
  };
  struct Place {
    std::uint32_t tree = kNone;
    std::uint32_t globs = kNone;
    std::uint32_t glob_count = 0;
  };
  /// The globs that may match something in a folder, by how many names are
  /// left to match.
  struct View {
    std::vector<std::uint32_t> trees;  // at the folder or above
    std::vector<std::uint32_t> last;   // one name is left: the last of the pattern
    struct Deeper {
      std::uint32_t pattern = 0;
      std::uint32_t name = 0;  // index of the next one
    };
    std::vector<Deeper> deeper;  // more than one
    bool has_trees = false;      // `trees` is filled
  };

  Place& place(PathId folder);
  const Place* find_place(PathId folder) const;
  View& view(PathId folder);
  void fill_trees(PathId folder, View& view) const;

  const PathTable& paths_;
  std::vector<Pattern> patterns_;
  std::vector<Place> places_;
  /// By path number: for a folder its place + 1, for a glob its pattern + 1.
  std::vector<std::uint32_t> index_;
  std::vector<View> views_;
  std::vector<std::uint32_t> view_of_folder_;  // by path number: index in views_ + 1
};

}  // namespace shoal
