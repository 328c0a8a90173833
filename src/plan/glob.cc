#include "plan/glob.h"

#include <algorithm>
#include <optional>

namespace shoal {
namespace {

bool is_special(char c) { return c == '*' || c == '?' || c == '['; }

/// Takes a `[...]` from the front of `pattern` and tells whether it holds `c`;
/// nullopt when the bracket is never closed, and so stands for itself.
std::optional<bool> take_bracket(std::string_view& pattern, char c) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool held = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) {
      pattern.remove_prefix(at + 1);
      return held != negated;
    }
    if (pattern[at] == '[' && at + 1 < pattern.size() && pattern[at + 1] == ':') {
      // A class such as [:digit:]: taken to hold everything.
      const std::size_t end = pattern.find(":]", at + 2);
      if (end == std::string_view::npos) return std::nullopt;
      at = end + 2;
      held = !negated;
      continue;
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    if (low <= c && c <= high) held = true;
  }
  return std::nullopt;
}

/// Matches one pattern element other than `*` and takes it.
bool take_one(std::string_view& pattern, char c) {
  if (pattern.front() == '[') {
    if (const auto held = take_bracket(pattern, c)) return *held;
  } else if (pattern.front() == '?') {
    pattern.remove_prefix(1);
    return true;
  } else if (pattern.front() == '\\' && pattern.size() > 1) {
    pattern.remove_prefix(1);
  }
  const bool same = pattern.front() == c;
  pattern.remove_prefix(1);
  return same;
}

bool has_wide_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

/// One `?` or `[...]` takes one byte or one character of several, as the
/// locale says: taken for a `*`, which holds in every locale.
std::string with_stars_only(std::string_view pattern) {
  std::string stars;
  while (!pattern.empty()) {
    if (pattern.front() == '\\' && pattern.size() > 1) {
      stars += pattern.substr(0, 2);
      pattern.remove_prefix(2);
    } else if (pattern.front() == '?' || (pattern.front() == '[' && take_bracket(pattern, 'a'))) {
      if (pattern.front() == '?') pattern.remove_prefix(1);
      stars += '*';
    } else {
      stars += pattern.front();
      pattern.remove_prefix(1);
    }
  }
  return stars;
}

bool matches(std::string_view pattern, std::string_view name) {
  // On a mismatch, let the last star swallow one character more.
  std::optional<std::string_view> after_star;
  std::string_view star_name;
  while (!name.empty()) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      after_star = pattern;
      star_name = name;
      continue;
    }
    if (!pattern.empty() && take_one(pattern, name.front())) {
      name.remove_prefix(1);
      continue;
    }
    if (!after_star) return false;
    star_name.remove_prefix(1);
    name = star_name;
    pattern = *after_star;
  }
  return pattern.find_first_not_of('*') == std::string_view::npos;
}

std::string literal_head(std::string_view pattern) {
  std::string head;
  for (std::size_t i = 0; i < pattern.size() && !is_special(pattern[i]); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    head += pattern[i];
  }
  return head;
}

/// The literal end; empty when quoting makes it hard to tell.
std::string_view literal_tail(std::string_view pattern) {
  const std::size_t at = pattern.find_last_of("*?[]\\");
  return at == std::string_view::npos ? pattern : pattern.substr(at + 1);
}

}  // namespace

bool is_glob(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (is_special(text[i])) {
      return true;
    }
  }
  return false;
}

std::string glob_quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (is_special(c) || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string glob_unquoted(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text += pattern[i];
  }
  return text;
}

bool glob_matches(std::string_view pattern, std::string_view name) {
  if (has_wide_character(name) && pattern.find_first_of("?[") != std::string_view::npos) {
    return matches(with_stars_only(pattern), name);
  }
  return matches(pattern, name);
}

NameGlob::NameGlob(std::string pattern) : pattern_(std::move(pattern)) {
  const std::size_t star = pattern_.find('*');
  plain_ = star != std::string::npos && pattern_.find_first_of("*?[\\", star + 1) == std::string::npos &&
           pattern_.find_first_of("?[\\") == std::string::npos;
  if (!plain_) return;
  head_ = pattern_.substr(0, star);
  tail_ = pattern_.substr(star + 1);
}

bool globs_may_overlap(std::string_view a, std::string_view b) {
  if (!is_glob(a)) return glob_matches(b, glob_unquoted(a));
  if (!is_glob(b)) return glob_matches(a, glob_unquoted(b));
  const std::string head_a = literal_head(a);
  const std::string head_b = literal_head(b);
  const std::size_t head = std::min(head_a.size(), head_b.size());
  if (head_a.compare(0, head, head_b, 0, head) != 0) return false;
  const std::string_view tail_a = literal_tail(a);
  const std::string_view tail_b = literal_tail(b);
  const std::size_t tail = std::min(tail_a.size(), tail_b.size());
  return tail_a.substr(tail_a.size() - tail) == tail_b.substr(tail_b.size() - tail);
}

SplitGlob split_glob(std::string_view pattern) {
  SplitGlob split;
  bool literal = true;
  while (true) {
    const std::size_t slash = pattern.find('/');
    const std::string_view name = pattern.substr(0, slash);
    literal = literal && !is_glob(name);
    if (name == "**") split.any_depth = true;
    if (!literal) {
      split.names.emplace_back(name);
    } else {
      if (!split.folder.empty() && split.folder != "/") split.folder += '/';
      split.folder += name.empty() ? "/" : glob_unquoted(name);
    }
    if (slash == std::string_view::npos) break;
    pattern.remove_prefix(slash + 1);
  }
  return split;
}

}  // namespace shoal
