#include "exec/verify/tree_comparison.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

namespace shoal {
namespace {

namespace fs = std::filesystem;

std::map<std::string, fs::file_status> entries_of(const std::string& folder) {
  std::map<std::string, fs::file_status> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name != "__pycache__") entries.emplace(std::move(name), at->symlink_status());
  }
  return entries;
}

bool have_equal_bytes(const std::string& one, const std::string& other) {
  std::error_code error;
  if (fs::file_size(one, error) != fs::file_size(other, error) || error) return false;
  std::ifstream first(one, std::ios::binary);
  std::ifstream second(other, std::ios::binary);
  std::array<char, 65536> a;
  std::array<char, 65536> b;
  while (first && second) {
    first.read(a.data(), a.size());
    second.read(b.data(), b.size());
    if (first.gcount() != second.gcount() ||
        !std::equal(a.begin(), a.begin() + first.gcount(), b.begin())) {
      return false;
    }
  }
  return first.eof() && second.eof();
}

bool are_equal(const std::string& one, const fs::file_status& one_status, const std::string& other,
               const fs::file_status& other_status) {
  constexpr fs::perms kExecute =
      fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  std::error_code error;
  if (one_status.type() != other_status.type()) return false;
  if (one_status.type() == fs::file_type::symlink) {
    return fs::read_symlink(one, error) == fs::read_symlink(other, error);
  }
  if (one_status.type() != fs::file_type::regular) return true;
  return (one_status.permissions() & kExecute) == (other_status.permissions() & kExecute) &&
         have_equal_bytes(one, other);
}

void compare(const std::string& one, const std::string& other, const std::string& path,
             TreeDifference& difference) {
  const auto first = entries_of(one + "/" + path);
  const auto second = entries_of(other + "/" + path);
  const auto inside = [&](const std::string& name) {
    return path.empty() ? name : path + "/" + name;
  };
  for (const auto& [name, status] : second) {
    if (!first.contains(name)) difference.only_one.insert(inside(name));
  }
  for (const auto& [name, status] : first) {
    const std::string at = inside(name);
    const auto found = second.find(name);
    if (found == second.end()) {
      difference.only_one.insert(at);
    } else if (!are_equal(one + "/" + at, status, other + "/" + at, found->second)) {
      difference.changed.insert(at);
    } else if (status.type() == fs::file_type::directory) {
      compare(one, other, at, difference);
    }
  }
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

void TreeDifference::add(const TreeDifference& other) {
  changed.insert(other.changed.begin(), other.changed.end());
  only_one.insert(other.only_one.begin(), other.only_one.end());
}

TreeDifference compare_trees(const std::string& one, const std::string& other) {
  TreeDifference difference;
  compare(one, other, "", difference);
  return difference;
}

std::vector<std::string> steady_part(const TreeDifference& difference,
                                     const TreeDifference& unsteady) {
  std::set<std::string> restless;  // folders whose files have other names each time
  for (const std::string& path : unsteady.only_one) restless.insert(folder_of(path));
  const auto is_explained = [&](const std::string& path) {
    return unsteady.changed.contains(path) || unsteady.only_one.contains(path);
  };
  std::vector<std::string> steady;
  for (const std::string& path : difference.changed) {
    if (!is_explained(path)) steady.push_back(path);
  }
  for (const std::string& path : difference.only_one) {
    if (!is_explained(path) && !restless.contains(folder_of(path))) steady.push_back(path);
  }
  return steady;
}

std::vector<std::string> all_of(const TreeDifference& difference) {
  std::vector<std::string> all(difference.changed.begin(), difference.changed.end());
  all.insert(all.end(), difference.only_one.begin(), difference.only_one.end());
  return all;
}

}  // namespace shoal
