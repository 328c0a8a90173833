#pragma once

#include <cstddef>
#include <string_view>

namespace shoal {

/// What standard error and standard output can show.
class Terminal {
 public:
  /// Asks the system and the environment: NO_COLOR (no-color.org), TERM=dumb,
  /// and the locale for UTF-8.
  static Terminal detect();

  bool live() const { return live_; }            // stderr is a terminal that can move its cursor
  bool color_on_stderr() const { return live_ && color_; }
  bool color_on_stdout() const { return stdout_is_terminal_ && color_; }
  bool unicode() const { return unicode_; }
  /// Of stderr now; it changes with the window.
  std::size_t columns() const;
  std::size_t rows() const;

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
