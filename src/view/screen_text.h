#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "view/text_style.h"

namespace shoal {

/// The text as one line that is safe to show: escape sequences removed, of
/// parts overwritten by a carriage return only the last kept (as a terminal
/// shows a progress bar), control and direction-changing characters as spaces,
/// invalid bytes as U+FFFD. Without `unicode` every character beyond ASCII
/// becomes a question mark.
std::string printable(std::string_view text, bool unicode);

/// Columns that printable text takes on a terminal: 2 for East Asian wide
/// characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);

/// Printable text cut to `columns`, with an ellipsis at the end or in the
/// middle where something was left out.
std::string cut_end(std::string_view text, std::size_t columns, bool unicode);
std::string cut_middle(std::string_view text, std::size_t columns, bool unicode);

/// Spaces that bring text of that width to `columns`, to the right or left of it.
std::string padded_right(std::string_view text, std::size_t columns);
std::string padded_left(std::string_view text, std::size_t columns);

/// One line of the screen, of at most `columns` columns whatever is added.
class ScreenLine {
 public:
  explicit ScreenLine(const TextStyle& style) : style_(style) {}

  /// Adds printable text; what does not fit is cut with an ellipsis.
  ScreenLine& add(std::string_view text, Ink ink = Ink::plain);
  std::size_t width() const { return width_; }
  std::size_t room() const { return style_.columns - width_; }
  const std::string& text() const { return text_; }

 private:
  TextStyle style_;
  std::string text_;
  std::size_t width_ = 0;
};

/// The text in an ink, or as it is without colours.
std::string painted(std::string_view text, Ink ink, const TextStyle& style);

}  // namespace shoal
