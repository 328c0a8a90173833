// The part of AccessRules for programs without a row.

#include "plan/access_rules.h"
#include "plan/word_kinds.h"

namespace shoal {

/// A program that the table does not know: options that are named like an
/// output are written, all other paths are taken to be read and written.
void AccessRules::apply_general_rules(const std::vector<Word>& words, std::size_t next) {
  certain_ = false;
  while (next < words.size()) {
    const Word& word = words[next++];
    const std::size_t equals =
        looks_like_option(word.text) ? word.text.find('=') : std::string_view::npos;
    const std::string_view name = word.text.substr(0, equals);
    const bool output = names_output(name);
    if (output || names_input(name)) {
      Word value;
      if (equals != std::string_view::npos) {
        value = {word.text.substr(equals + 1), word.kind};
      } else if (next < words.size()) {
        value = words[next++];
      }
      if (is_no_path(value.text)) continue;
      saw_path_ = true;
      add_word(output ? AccessMode::write : AccessMode::read, value);
    } else if (equals != std::string_view::npos) {
      apply_unknown_word({word.text.substr(equals + 1), word.kind});
    } else if (looks_like_option(word.text)) {
      if (!word.text.starts_with("--")) apply_unknown_word({word.text.substr(2), word.kind});
    } else {
      apply_unknown_word(word);
    }
  }
  if (!saw_path_) effects_->unknown = true;
}

/// Reads and writes whatever paths the word holds; `a=b` and lists parted by
/// commas or colons hold several.
void AccessRules::apply_unknown_word(const Word& word) {
  const std::size_t cut = word.text.find_first_of("=,:");
  if (cut != std::string_view::npos && word.text.find("://") == std::string_view::npos) {
    apply_unknown_word({word.text.substr(0, cut), word.kind});
    apply_unknown_word({word.text.substr(cut + 1), word.kind});
    if (!is_path_like(word.text.substr(0, cut)) && !is_path_like(word.text)) return;
  }
  if (is_no_path(word.text) || is_number(word.text) || is_device(word.text)) return;
  const bool certain = certain_;
  certain_ = false;
  if (word.kind == Word::Kind::glob) {
    // What matches may be folders, and the program may look into them.
    saw_path_ = true;
    const std::string everything = std::string(word.text).append("/**");
    add_pattern(AccessMode::read, everything);
    add_pattern(AccessMode::write, everything);
  } else if (is_path_like(word.text)) {
    saw_path_ = true;
    add_path(AccessMode::read, word.text);
    add_path(AccessMode::write, word.text);
  } else {
    add_path(AccessMode::read, word.text, kOnlyIfKnown);
    add_path(AccessMode::write, word.text, kOnlyIfKnown);
  }
  certain_ = certain;
}

}  // namespace shoal
