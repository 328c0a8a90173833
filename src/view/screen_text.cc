#include "view/screen_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace shoal {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Blocks of East Asian Width W and F, and emoji (Unicode Standard Annex 11).
constexpr std::array<Range, 17> kWide{{{0x1100, 0x115F},
                                       {0x231A, 0x231B},
                                       {0x23E9, 0x23EC},
                                       {0x2705, 0x2705},
                                       {0x274C, 0x274C},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0x33FF},
                                       {0x3400, 0x4DBF},
                                       {0x4E00, 0xA4CF},
                                       {0xA960, 0xA97C},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0xFFE0, 0xFFE6},
                                       {0x1F300, 0x1FAFF},
                                       {0x20000, 0x3FFFD}}};

/// Combining marks and characters without a width of their own.
constexpr std::array<Range, 12> kZeroWidth{{{0x0300, 0x036F},
                                            {0x0483, 0x0489},
                                            {0x0591, 0x05BD},
                                            {0x0610, 0x061A},
                                            {0x064B, 0x065F},
                                            {0x093C, 0x093C},
                                            {0x0E34, 0x0E3A},
                                            {0x1AB0, 0x1AFF},
                                            {0x1DC0, 0x1DFF},
                                            {0x20D0, 0x20FF},
                                            {0xFE00, 0xFE0F},
                                            {0xFE20, 0xFE2F}}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t value, Range range) { return value < range.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

std::size_t width_of(char32_t c) {
  if (c < 0x300) return 1;
  if (is_in(kZeroWidth, c)) return 0;
  return is_in(kWide, c) ? 2 : 1;
}

/// Characters that would move the cursor, hide text or turn its direction.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

/// A character at the front of valid UTF-8.
struct Character {
  std::string_view bytes;
  char32_t code = 0;
};

Character front_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  char32_t code = first;
  if (first >= 0xF0) {
    length = 4;
    code = first & 0x07U;
  } else if (first >= 0xE0) {
    length = 3;
    code = first & 0x0FU;
  } else if (first >= 0xC0) {
    length = 2;
    code = first & 0x1FU;
  }
  length = std::min(length, text.size());
  for (std::size_t i = 1; i < length; ++i) {
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return {text.substr(0, length), code};
}

/// The length of the escape sequence at the front of `text` (ECMA-48): CSI up
/// to its final byte, OSC and other strings up to BEL or ST, else ESC and the
/// byte after it.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  const char kind = text[1];
  if (kind == '[') {
    const auto end =
        std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= '@' && c <= '~'; });
    return static_cast<std::size_t>(end - text.begin()) + (end == text.end() ? 0 : 1);
  }
  if (std::string_view("]PX^_").find(kind) != std::string_view::npos) {
    const std::size_t end = text.find_first_of("\a\x1b", 2);
    if (end == std::string_view::npos) return text.size();
    return std::min(text.size(), text[end] == '\a' ? end + 1 : end + 2);
  }
  return 2;
}

std::string without_escapes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find('\x1b'), text.size());
    plain += text.substr(0, escape);
    text.remove_prefix(escape);
    if (!text.empty()) text.remove_prefix(escape_length(text));
  }
  return plain;
}

/// What a terminal shows last of a line with carriage returns.
std::string_view after_last_return(std::string_view line) {
  const std::size_t last = line.find_last_not_of("\r\n");
  if (last == std::string_view::npos) return "";
  line = line.substr(0, last + 1);
  return line.substr(line.rfind('\r') + 1);
}

/// The longest prefix of at most `columns` columns.
std::string_view prefix_of_width(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t width = 0;
  while (bytes < text.size()) {
    const Character character = front_character(text.substr(bytes));
    width += width_of(character.code);
    if (width > columns) break;
    bytes += character.bytes.size();
  }
  return text.substr(0, bytes);
}

/// The longest suffix of at most `columns` columns.
std::string_view suffix_of_width(std::string_view text, std::size_t columns) {
  std::size_t width = display_width(text);
  while (width > columns) {
    const Character character = front_character(text);
    width -= width_of(character.code);
    text.remove_prefix(character.bytes.size());
  }
  return text;
}

}  // namespace

std::string printable(std::string_view text, bool unicode) {
  const std::string plain = without_escapes(text);
  const std::string valid = valid_utf8(after_last_return(plain));
  std::string shown;
  shown.reserve(valid.size());
  for (std::string_view rest = valid; !rest.empty();) {
    const Character character = front_character(rest);
    rest.remove_prefix(character.bytes.size());
    if (is_control(character.code)) {
      shown += ' ';
    } else if (!unicode && character.code >= 0x80) {
      shown += '?';
    } else {
      shown += character.bytes;
    }
  }
  return shown;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = front_character(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes.size());
  }
  return width;
}

std::string cut_end(std::string_view text, std::size_t columns, bool unicode) {
  if (display_width(text) <= columns) return std::string(text);
  const std::string_view ellipsis = prefix_of_width(glyphs(unicode).ellipsis, columns);
  std::string cut(prefix_of_width(text, columns - display_width(ellipsis)));
  return cut.append(ellipsis);
}

std::string cut_middle(std::string_view text, std::size_t columns, bool unicode) {
  if (display_width(text) <= columns) return std::string(text);
  const std::string_view ellipsis = prefix_of_width(glyphs(unicode).ellipsis, columns);
  const std::size_t room = columns - display_width(ellipsis);
  const std::string_view head = prefix_of_width(text, (room + 1) / 2);
  std::string cut(head);
  cut.append(ellipsis);
  return cut.append(suffix_of_width(text.substr(head.size()), room - display_width(head)));
}

std::string padded_right(std::string_view text, std::size_t columns) {
  std::string padded(text);
  const std::size_t width = display_width(text);
  return width < columns ? padded.append(columns - width, ' ') : padded;
}

std::string padded_left(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  std::string padded(width < columns ? columns - width : 0, ' ');
  return padded.append(text);
}

ScreenLine& ScreenLine::add(std::string_view text, Ink ink) {
  const std::string fitting = cut_end(text, room(), style_.unicode);
  width_ += display_width(fitting);
  if (!fitting.empty()) text_ += painted(fitting, ink, style_);
  return *this;
}

std::string painted(std::string_view text, Ink ink, const TextStyle& style) {
  std::string shown;
  if (!style.color || ink == Ink::plain || text.empty()) return shown.append(text);
  return shown.append(ink_sequence(ink)).append(text).append(kInkOff);
}

}  // namespace shoal
