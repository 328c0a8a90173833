#include "s3/profile_file.h"

#include <algorithm>
#include <cctype>

namespace shoal {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view profile_of(std::string_view section) {
  constexpr std::string_view kWord = "profile";
  section = trimmed(section);
  if (section.starts_with(kWord) && section.size() > kWord.size() &&
      trimmed(section.substr(kWord.size(), 1)).empty()) {
    section = trimmed(section.substr(kWord.size()));
  }
  return section;
}

}  // namespace

Profile find_profile(std::string_view text, std::string_view name) {
  Profile profile;
  bool is_inside = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view words = trimmed(line);
    if (words.empty() || words.front() == '#' || words.front() == ';') continue;
    if (words.front() == '[') {
      is_inside = profile_of(words.substr(1, words.find(']') - 1)) == name;
      continue;
    }
    // An indented line belongs to a nested setting, which none of ours is.
    const bool is_nested = line.front() == ' ' || line.front() == '\t';
    const std::size_t equals = words.find('=');
    if (!is_inside || is_nested || equals == std::string_view::npos) continue;
    profile.insert_or_assign(lower_case(trimmed(words.substr(0, equals))),
                             std::string(trimmed(words.substr(equals + 1))));
  }
  return profile;
}

}  // namespace shoal
