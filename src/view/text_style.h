#pragma once

#include <cstddef>
#include <string_view>

namespace shoal {

/// What the place where text goes can show. Whether there are colours and
/// Unicode is the app's decision (NO_COLOR, TERM, the locale).
struct TextStyle {
  bool color = false;
  bool unicode = true;
  std::size_t columns = 100;  // command texts and output lines are cut to it
};

/// The signs that the view draws with, in two alphabets of equal width (but
/// for the ellipsis).
struct Glyphs {
  std::string_view done, failed, again, skipped, warning;
  std::string_view ellipsis, separator;
  std::string_view bar_done, bar_half, bar_failed, bar_left;
};
const Glyphs& glyphs(bool unicode);

enum class Ink : unsigned char { plain, bold, dim, red, green, yellow };

/// The escape sequence (SGR) that switches to an ink; "" for plain.
std::string_view ink_sequence(Ink ink);
inline constexpr std::string_view kInkOff = "\x1b[0m";

}  // namespace shoal
