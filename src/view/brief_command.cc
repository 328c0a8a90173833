#include "view/brief_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "view/screen_text.h"

namespace shoal {
namespace {

/// More of a command is never looked at: lines may have megabytes.
constexpr std::size_t kLongestText = 4096;

std::vector<std::string_view> split_at_spaces(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string bounded(std::string_view text) {
  if (text.size() <= kLongestText) return std::string(text);
  std::string both(text.substr(0, kLongestText / 2));
  return both.append(" ... ").append(text.substr(text.size() - kLongestText / 2));
}

/// "python -m asreview simulate" says no more than "asreview simulate".
std::string_view without_python_m(std::string_view text) {
  for (const std::string_view noise : {"python -m ", "python3 -m "}) {
    if (text.starts_with(noise)) return text.substr(noise.size());
  }
  return text;
}

/// The index of the word behind the first -o, --output or >; 0 when there is none.
std::size_t find_output(const std::vector<std::string_view>& words) {
  constexpr std::array<std::string_view, 4> kMarks{"-o", "--output", ">", ">>"};
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (std::find(kMarks.begin(), kMarks.end(), words[i]) != kMarks.end()) return i + 1;
  }
  return 0;
}

std::string join(const std::vector<std::string_view>& words, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) text += ' ';
    text += words[i];
  }
  return text;
}

/// The number of words at the front that name what is run: the program, and a
/// subcommand or a script.
std::size_t program_words(const std::vector<std::string_view>& words) {
  const auto is_name = [](std::string_view word) {
    return word.find_first_of("/.=<>&|;0123456789") == std::string_view::npos &&
           !word.starts_with('-');
  };
  std::size_t count = std::min<std::size_t>(1, words.size());
  if (count < words.size() && words[count] == "-m") count += 1;
  const bool script =
      count == 1 && words.size() > 1 && words[1].find(".py") != std::string_view::npos;
  if (script) return 2;
  while (count < words.size() && count < 4 && is_name(words[count])) ++count;
  return count;
}

std::string file_name_only(std::string_view path, std::string_view ellipsis) {
  const std::size_t slash = path.find_last_not_of('/');
  const std::size_t cut = slash == std::string_view::npos ? slash : path.rfind('/', slash);
  if (cut == std::string_view::npos) return std::string(path);
  std::string name(ellipsis);
  return name.append(path.substr(cut));
}

}  // namespace

std::string brief_command(std::string_view text, std::size_t columns, bool unicode) {
  const std::string line = printable(bounded(text), unicode);
  if (display_width(line) <= columns) return line;

  const std::string_view shorter = without_python_m(line);
  if (display_width(shorter) <= columns) return std::string(shorter);

  const std::vector<std::string_view> words = split_at_spaces(shorter);
  const std::size_t output = find_output(words);
  if (output == 0) return cut_middle(shorter, columns, unicode);

  const std::string_view ellipsis = glyphs(unicode).ellipsis;
  const std::string tail = output + 1 < words.size() ? fmt::format(" {}", ellipsis) : "";
  const std::string name = file_name_only(words[output], ellipsis);
  const std::string short_output = fmt::format("{} {}", words[output - 1], name);
  const std::string program = join(words, 0, program_words(words));
  const std::array<std::string, 4> candidates{
      join(words, 0, output + 1) + tail,
      fmt::format("{} {}{}", join(words, 0, output - 1), short_output, tail),
      fmt::format("{} {} {}{}", program, ellipsis, short_output, tail),
      fmt::format("{} {}", program, name),
  };
  for (const std::string& candidate : candidates) {
    if (display_width(candidate) <= columns) return candidate;
  }
  return cut_middle(candidates.back(), columns, unicode);
}

std::string command_family(std::string_view text) {
  const std::string line = printable(text.substr(0, kLongestText), true);
  const std::vector<std::string_view> words = split_at_spaces(line);
  return join(words, 0, program_words(words));
}

}  // namespace shoal
