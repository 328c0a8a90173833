#include "plan/path_text.h"

namespace shoal {
namespace {

/// Whether the path is spelled as a plan spells it already, apart from one
/// trailing slash: relative, no empty name, no `.` or `..`.
bool is_normal(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  bool at_name = true;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (at_name && (path[i] == '/' || path[i] == '.')) {
      if (path[i] == '/') return false;
      const std::string_view name = path.substr(i, path.find('/', i) - i);
      if (name == "." || name == "..") return false;
    }
    at_name = path[i] == '/';
  }
  return true;
}

void append_names(std::string_view path, std::vector<std::string_view>& names) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == ".." && !names.empty() && names.back() != "..") {
      names.pop_back();
    } else {
      names.push_back(name);
    }
  }
}

std::string join(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += '/';
    text += name;
  }
  return text;
}

std::string absolute_path(const std::vector<std::string_view>& names) {
  std::string text = join(names);
  text.insert(text.begin(), '/');
  return text;
}

}  // namespace

PathSpelling::PathSpelling(std::string_view working_directory) {
  if (working_directory.empty()) return;
  append_names(working_directory, names_);
  working_directory_ = absolute_path(names_);
}

std::string_view PathSpelling::resolve(std::string_view folder, std::string_view word) {
  if (folder.empty() && is_normal(word)) {
    if (word.back() == '/') word.remove_suffix(1);
    return word;
  }
  return rebuild(folder, word);
}

std::string_view PathSpelling::rebuild(std::string_view folder, std::string_view word) {
  names_.clear();
  bool absolute = word.starts_with('/');
  if (!absolute) {
    absolute = folder.starts_with('/');
    append_names(folder, names_);
  }
  append_names(word, names_);
  if (!absolute && !names_.empty() && names_.front() == ".." && !working_directory_.empty()) {
    const std::vector<std::string_view> relative = std::move(names_);
    names_ = {};
    append_names(working_directory_, names_);
    for (const std::string_view name : relative) {
      if (name != "..") {
        names_.push_back(name);
      } else if (!names_.empty()) {
        names_.pop_back();
      }
    }
    absolute = true;
  }
  std::string text = join(names_);
  if (absolute) {
    std::erase(names_, "..");  // the root is its own parent
    text = absolute_path(names_);
    if (!working_directory_.empty()) {
      if (text == working_directory_) {
        text.clear();
      } else if (working_directory_ != "/" && text.starts_with(working_directory_) &&
                 text[working_directory_.size()] == '/') {
        text.erase(0, working_directory_.size() + 1);
      } else if (working_directory_ == "/") {
        text.erase(0, 1);
      }
    }
  }
  buffer_ = std::move(text);
  return buffer_;
}

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view parent_folder(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return path.substr(0, slash == 0 ? 1 : slash);
}

namespace {

/// From the last dot of the last name on; "" where Python's Path sees none.
std::string_view suffix_of(std::string_view path) {
  const std::string_view name = last_name(path);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
  return name.substr(dot);
}

}  // namespace

std::string with_suffix(std::string_view path, std::string_view suffix) {
  std::string text(path.substr(0, path.size() - suffix_of(path).size()));
  text += suffix;
  return text;
}

bool stands_beside(std::string_view path, std::string_view suffix) {
  const std::string_view own = suffix_of(path);
  return !own.empty() && suffix.size() > own.size() && suffix.starts_with(own) &&
         suffix[own.size()] == '.';
}

std::string_view appended_part(std::string_view path, std::string_view suffix) {
  return suffix.substr(suffix_of(path).size());
}

}  // namespace shoal
