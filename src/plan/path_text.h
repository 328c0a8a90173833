#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// Turns words into the one spelling under which a plan knows a path: `.`,
/// `..`, doubled and trailing slashes resolved by their letters alone
/// (symbolic links are not looked at), absolute paths below the working
/// directory made relative. The working directory itself is "".
class PathSpelling {
 public:
  /// `working_directory` is absolute, or "" when nobody knows it.
  explicit PathSpelling(std::string_view working_directory);

  /// The path that `word` names for a command that runs in `folder` (as
  /// JobsReader::current_folder gives it). The view is into `word` where
  /// nothing had to change, else into a buffer that lives until the next call.
  std::string_view resolve(std::string_view folder, std::string_view word);

  const std::string& working_directory() const { return working_directory_; }

 private:
  std::string_view rebuild(std::string_view folder, std::string_view word);

  std::string working_directory_;  // normal, without trailing slash
  std::string buffer_;
  std::vector<std::string_view> names_;
};

/// What stands behind the last slash.
std::string_view last_name(std::string_view path);
/// What stands before the last slash; "" when there is none, "/" for "/x".
std::string_view parent_folder(std::string_view path);
/// The path with its last name's suffix (from its last dot, unless that is the
/// name's first or last character) replaced, as Python's Path.with_suffix does.
std::string with_suffix(std::string_view path, std::string_view suffix);
/// Whether with_suffix(path, suffix) is the path with something appended that
/// no other path's would be: "a.asreview" and ".asreview.tmp".
bool stands_beside(std::string_view path, std::string_view suffix);
/// What stands_beside found to be appended: ".tmp". Only where it is true.
std::string_view appended_part(std::string_view path, std::string_view suffix);

}  // namespace shoal
