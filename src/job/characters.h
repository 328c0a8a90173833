#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace shoal {

namespace character_table {

constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (unsigned c = 'a'; c <= 'z'; ++c) plain[c] = plain[c - 'a' + 'A'] = true;
  for (unsigned c = '0'; c <= '9'; ++c) plain[c] = true;
  for (const char c : {'_', '-', '.', '/', ',', ':', '+', '%', '@', '^', '='}) {
    plain[static_cast<unsigned char>(c)] = true;
  }
  for (unsigned c = 0x80; c <= 0xFF; ++c) plain[c] = true;
  return plain;
}

inline constexpr std::array<bool, 256> kPlain = make_plain();

}  // namespace character_table

/// Characters that mean themselves wherever they stand in a word, apart from
/// the `=` of an assignment and the `%` of a job. All bytes from 0x80 on are
/// among them: to a shell, UTF-8 and other encodings are just letters.
inline bool is_plain(char c) { return character_table::kPlain[static_cast<unsigned char>(c)]; }

/// Blanks separate words. Other white space (form feed, carriage return) is
/// part of a word for bash.
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Characters that end an unquoted word.
inline bool ends_word(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case ';':
    case '&':
    case '|':
    case '(':
    case ')':
    case '<':
    case '>':
      return true;
    default:
      return false;
  }
}

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_name_start(char c) { return c == '_' || is_letter(c); }
inline bool is_name_character(char c) { return is_name_start(c) || is_digit(c); }

/// The length of the variable name at `at`; 0 when there is none.
inline std::size_t name_length(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_name_start(text[at])) return 0;
  std::size_t end = at + 1;
  while (end < text.size() && is_name_character(text[end])) ++end;
  return end - at;
}

inline bool is_all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

/// Where the run of plain characters that begins at `at` ends.
inline std::size_t skip_plain(std::string_view text, std::size_t at) {
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

}  // namespace shoal
