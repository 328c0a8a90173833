#include "view/text_style.h"

namespace shoal {

const Glyphs& glyphs(bool unicode) {
  static constexpr Glyphs kUnicode{"✓", "✗", "↻", "-", "!", "…", " · ", "━", "╸", "┅", "─"};
  static constexpr Glyphs kAscii{"+", "x", "~", "-", "!", "...", ", ", "#", "#", "x", "."};
  return unicode ? kUnicode : kAscii;
}

std::string_view ink_sequence(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::red:
      return "\x1b[31m";
    case Ink::green:
      return "\x1b[32m";
    case Ink::yellow:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace shoal
