#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// What a person sees on a terminal after the text was written to it: a grid
/// with scroll-back that understands carriage return, line feed (with an
/// implied return, as the terminal driver adds it), CUU, EL, ED and SGR.
/// Anything else that does not print is noted in `unknown()`. When the width
/// changes, lines are wrapped anew, as VTE and tmux do.
class TerminalEmulator {
 public:
  TerminalEmulator(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows) {
    lines_.emplace_back();
  }

  void write(std::string_view bytes);
  void resize(std::size_t columns, std::size_t rows);

  /// Scroll-back and screen, without trailing spaces and trailing empty rows.
  std::vector<std::string> everything() const;
  /// The rows of the screen only, likewise trimmed.
  std::vector<std::string> screen() const;
  /// The column of the cursor, from 0.
  std::size_t cursor_column() const { return column_; }
  /// The row of the cursor within everything(), from 0.
  std::size_t cursor_row() const { return row_; }
  /// Times that text ran over the right margin.
  std::size_t wraps() const { return wraps_; }
  const std::string& unknown() const { return unknown_; }

 private:
  struct Line {
    std::vector<std::string> cells;  // a wide character takes two, the second ""
    bool goes_on = false;            // wrapped: the next line belongs to it
  };

  void put(std::string_view character);
  void line_feed();
  std::size_t escape(std::string_view bytes);
  std::size_t top() const { return lines_.size() > rows_ ? lines_.size() - rows_ : 0; }
  static std::string shown(const Line& line);

  std::size_t columns_;
  std::size_t rows_;
  std::vector<Line> lines_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::size_t wraps_ = 0;
  std::string unknown_;
};

}  // namespace shoal
