#include "journal/path_patterns.h"

#include <fnmatch.h>

namespace shoal {
namespace {

/// The working directory itself is the parent of every relative path.
std::string folder_key(std::string_view folder) {
  return folder == "." ? std::string() : std::string(folder);
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return slash == 0 && path.size() > 1 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace

void PathPatterns::add(const std::string& pattern, Extent extent, CommandId command) {
  if (extent == Extent::tree) {
    folders_[folder_key(pattern)].push_back({command, {}});
    return;
  }
  const std::string_view literal =
      std::string_view(pattern).substr(0, pattern.find_first_of("*?[\\"));
  // fnmatch knows no `**`: then everything below counts.
  const bool any_depth = pattern.find("**") != std::string::npos;
  folders_[folder_key(parent_of(literal))].push_back({command, any_depth ? "" : pattern});
}

void PathPatterns::covering(const std::string& path,
                            const std::function<void(CommandId)>& visit) const {
  std::string_view folder = path;
  for (;;) {
    if (const auto found = folders_.find(folder_key(folder)); found != folders_.end()) {
      for (const Pattern& pattern : found->second) {
        if (pattern.glob.empty() ||
            ::fnmatch(pattern.glob.c_str(), path.c_str(), FNM_PATHNAME) == 0) {
          visit(pattern.command);
        }
      }
    }
    if (folder.empty() || folder == "/") return;
    folder = parent_of(folder);
  }
}

}  // namespace shoal
