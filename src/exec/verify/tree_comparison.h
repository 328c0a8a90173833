#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// How two trees of files differ.
struct TreeDifference {
  std::set<std::string> changed;   // in both, but not the same: kind, bytes, or who may execute it
  std::set<std::string> only_one;  // in one of them only; of a folder not what it holds

  bool empty() const { return changed.empty() && only_one.empty(); }
  void add(const TreeDifference& other);
};

/// Paths relative to both. What Python compiles (`__pycache__`) does not count:
/// it holds times.
TreeDifference compare_trees(const std::string& one, const std::string& other);

/// What of `difference` is not explained by what differs from run to run
/// anyway: not a path that changes, nor, in a folder whose files have other
/// names each time, a name.
std::vector<std::string> steady_part(const TreeDifference& difference,
                                     const TreeDifference& unsteady);
/// All paths.
std::vector<std::string> all_of(const TreeDifference& difference);

}  // namespace shoal
