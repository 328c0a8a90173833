#include "s3/upload_files.h"

#include <filesystem>
#include <set>

#include "plan/glob.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOwnFolder = ".shoal";

/// Takes the first level of a path from its front.
std::string_view take_level(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view level = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return level;
}

/// Collects the files that one of a spec's entries names.
class Collector {
 public:
  Collector(const UploadSpec::Files& wanted, fs::path root, std::set<std::string>& found)
      : wanted_(wanted), root_(std::move(root)), found_(found) {}

  void collect() {
    switch (wanted_.extent) {
      case Extent::exact:  // a folder that nothing else of the plan looks into, too
      case Extent::tree:
        return walk(wanted_.path == "." ? "" : wanted_.path);
      case Extent::glob:
        return walk(split_glob(wanted_.path).folder);
    }
  }

 private:
  void look_at(const std::string& path) {
    if (!is_inside(path) || (!wanted_.only.empty() && !path_matches(wanted_.only, path))) return;
    if (wanted_.extent == Extent::glob && !path_matches(wanted_.path, path)) return;
    std::error_code absent;
    if (fs::is_regular_file(root_ / path, absent)) found_.insert(path);
  }

  void walk(const std::string& folder) {
    if (!folder.empty() && !is_inside(folder)) return;
    std::error_code error;
    if (!fs::is_directory(root_ / folder, error)) return look_at(folder);
    fs::recursive_directory_iterator at(root_ / folder,
                                        fs::directory_options::skip_permission_denied, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at->path().filename() == kOwnFolder) {
        at.disable_recursion_pending();
        continue;
      }
      look_at(at->path().lexically_relative(root_).string());
    }
  }

  const UploadSpec::Files& wanted_;
  fs::path root_;
  std::set<std::string>& found_;
};

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    const std::string_view level = take_level(pattern);
    if (level == "**") {
      if (pattern.empty()) return !path.empty();
      for (;;) {
        if (path_matches(pattern, path)) return true;
        if (path.empty()) return false;
        take_level(path);
      }
    }
    if (path.empty() || !glob_matches(level, take_level(path))) return false;
  }
  return path.empty();
}

bool may_match_below(std::string_view pattern, std::string_view path) {
  while (!path.empty()) {
    const std::string_view level = take_level(pattern);
    if (level == "**") return true;
    if (!glob_matches(level, take_level(path))) return false;
  }
  return !pattern.empty();
}

bool is_inside(std::string_view path) {
  return !path.empty() && path != "." && path.front() != '/' && path != ".." &&
         !path.starts_with("../");
}

std::vector<std::string> files_to_upload(const UploadSpec& spec,
                                         const std::string& working_directory) {
  std::set<std::string> found;
  for (const UploadSpec::Files& wanted : spec.files) {
    Collector(wanted, working_directory, found).collect();
  }
  return {found.begin(), found.end()};
}

}  // namespace shoal
