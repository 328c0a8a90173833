#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// Whether the text holds a `*`, `?` or `[` that no backslash quotes.
bool is_glob(std::string_view text);
/// The text with every special character behind a backslash.
std::string glob_quoted(std::string_view text);
std::string glob_unquoted(std::string_view pattern);

/// Whether a pattern without slashes matches a name. A leading dot is matched
/// like any other character: that matches more than a shell does, never less.
bool glob_matches(std::string_view pattern, std::string_view name);

/// A name's pattern made ready for being matched many times.
class NameGlob {
 public:
  explicit NameGlob(std::string pattern);
  const std::string& pattern() const { return pattern_; }
  bool matches(std::string_view name) const {
    if (!plain_) return glob_matches(pattern_, name);
    return name.size() >= head_.size() + tail_.size() && name.ends_with(tail_) &&
           name.starts_with(head_);
  }

 private:
  std::string pattern_;
  std::string head_;  // of a pattern with just one `*`: what stands before it
  std::string tail_;  // and behind it
  bool plain_ = false;
};

/// False only when no name can match both.
bool globs_may_overlap(std::string_view a, std::string_view b);

/// A pattern cut where its first special character makes it one.
struct SplitGlob {
  std::string folder;              // literal, "" for the working directory
  std::vector<std::string> names;  // one pattern a level below the folder
  bool any_depth = false;          // holds a `**`: anything below the folder
};
/// `pattern` is in normal spelling.
SplitGlob split_glob(std::string_view pattern);

}  // namespace shoal
