#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "view/screen_text.h"

namespace shoal {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
  friend bool operator==(const TerminalSize&, const TerminalSize&) = default;
};

/// The lines at the bottom of a terminal that are redrawn in place. The cursor
/// rests at the start of the line below them, so that a prompt or a "^C" never
/// lands in the middle. Uses carriage return, line feed, cursor up (CUU),
/// erase in line (EL) and erase in display (ED) of ECMA-48, nothing else.
class LiveRegion {
 public:
  /// What to write so that `above` stands above the region for good and the
  /// region shows `lines`; "" when the screen shows that already. Only changed
  /// lines are written again. Lines must fit into the terminal; `above` may
  /// wrap.
  std::string update(const std::vector<std::string>& above, const std::vector<ScreenLine>& lines,
                     TerminalSize size);
  /// What to write to remove the region.
  std::string erase();

 private:
  std::size_t rows_above_cursor(TerminalSize size) const;

  struct Shown {
    std::string text;
    std::size_t width = 0;
  };
  std::vector<Shown> shown_;
  TerminalSize size_;
};

}  // namespace shoal
