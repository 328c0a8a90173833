#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "plan/access_set.h"

namespace shoal {

/// Trees and globs, found by the exact paths that they cover. A look-up costs
/// as much as the path is deep, plus the globs that share its folder.
class PathPatterns {
 public:
  void add(const std::string& pattern, Extent extent, CommandId command);
  bool empty() const { return folders_.empty(); }
  /// Calls `visit` with the command of every pattern that covers the path.
  void covering(const std::string& path, const std::function<void(CommandId)>& visit) const;

 private:
  struct Pattern {
    CommandId command{};
    std::string glob;  // empty: the whole tree
  };
  /// By the tree's folder, or by the folder up to which a glob is literal.
  std::unordered_map<std::string, std::vector<Pattern>> folders_;
};

}  // namespace shoal
