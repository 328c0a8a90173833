#pragma once

#include <string_view>

#include "view/live_region.h"
#include "view/text_style.h"

namespace shoal {

/// What standard error and standard output can show.
class Terminal {
 public:
  /// Asks the system and the environment: NO_COLOR (no-color.org), TERM=dumb,
  /// and the locale for UTF-8.
  static Terminal detect();

  bool live() const { return live_; }  // stderr is a terminal that can move its cursor
  TextStyle stderr_style() const;
  TextStyle stdout_style() const;
  /// Of stderr now; it changes with the window.
  TerminalSize size() const;

  static void write_stderr(std::string_view text);
  /// False when the reader has gone (EPIPE) or the disk is full.
  static bool write_stdout(std::string_view text);

 private:
  bool live_ = false;
  bool stdout_is_terminal_ = false;
  bool color_ = true;
  bool unicode_ = true;
};

}  // namespace shoal
