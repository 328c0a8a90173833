#include "job/words.h"

#include <algorithm>

#include "base/text.h"
#include "job/characters.h"
#include "job/known_shell.h"
#include "job/line_parser.h"

namespace shoal {
namespace {

/// A word of any line, quotes removed, expansions as they stand; good enough
/// to recognize a command, not to run it.
class RoughWords {
 public:
  explicit RoughWords(std::string_view text) : text_(text) {}

  /// False at the end. Operators are words of their own.
  bool next(std::string& word, bool& is_operator) {
    word.clear();
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\n')) ++at_;
    if (at_ < text_.size() && text_[at_] == '#')
      at_ = std::min(text_.find('\n', at_), text_.size());
    if (at_ >= text_.size()) return false;
    is_operator = ends_word(text_[at_]);
    if (is_operator) {
      while (at_ < text_.size() && ends_word(text_[at_]) && !is_blank(text_[at_]))
        word += text_[at_++];
      return true;
    }
    while (at_ < text_.size() && !ends_word(text_[at_])) take(word);
    return true;
  }

 private:
  void take(std::string& word) {
    const char c = text_[at_++];
    if (c == '\\') {
      if (at_ < text_.size() && text_[at_] != '\n') word += text_[at_];
      ++at_;
    } else if (c == '\'' || c == '"') {
      const std::size_t close = std::min(text_.find(c, at_), text_.size());
      word += text_.substr(at_, close - at_);
      at_ = std::min(close + 1, text_.size());
    } else {
      word += c;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::size_t kLongestIdentifier = 16;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool has_ending(std::string_view path, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings,
                             [&](std::string_view ending) { return path.ends_with(ending); });
}

/// What of a word tells how long its command takes; empty when nothing does.
std::string_view telling_part(std::string_view word) {
  if (word.starts_with('-') && word.find('/') == std::string_view::npos) {
    std::string_view option = word.substr(0, word.find('='));
    while (!option.empty() && is_digit(option.back())) option.remove_suffix(1);
    return option.size() > 1 ? option : std::string_view();
  }
  // The size of the data decides, and which script it is.
  if (has_ending(word, {".csv", ".ris", ".tsv", ".xlsx", ".py", ".R", ".r", ".sh", ".pl", ".jl"})) {
    return base_name(word);
  }
  const bool identifier = word.size() <= kLongestIdentifier && std::ranges::all_of(word, is_letter);
  return identifier ? word : std::string_view();
}

}  // namespace

std::vector<std::string> literal_words(std::string_view text) {
  KnownShell shell({});
  LineParser parser(shell);
  ParsedLine parsed;
  parser.parse(text, false, parsed);
  std::vector<std::string> words;
  if (parsed.size() != 1) return words;
  for (const Word& word : parsed[0].words) words.emplace_back(word.text);
  return words;
}

std::uint64_t command_shape(std::string_view text) {
  RoughWords words(text);
  std::string word;
  bool is_operator = false;
  bool program_comes = true;
  std::uint64_t shape = hash64("");
  const auto mix = [&](std::string_view part) { shape = hash64("\n", hash64(part, shape)); };
  while (words.next(word, is_operator)) {
    if (is_operator) {
      mix(word);
      program_comes = word.find_first_of("<>") == std::string::npos;
    } else if (program_comes) {
      const std::size_t name = name_length(word, 0);
      if (name > 0 && word.size() > name && word[name] == '=') continue;
      mix(base_name(word));
      program_comes = false;
    } else if (const std::string_view part = telling_part(word); !part.empty()) {
      mix(part);
    }
  }
  return shape;
}

}  // namespace shoal
