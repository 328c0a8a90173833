#include "app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

#include "app/project.h"

namespace shoal {
namespace {

/// Of a terminal; nothing when the descriptor is none, or does not say.
std::optional<TerminalSize> size_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return TerminalSize{size.ws_col, size.ws_row};
}

TextStyle style_of(int descriptor, bool color, bool unicode) {
  TextStyle style;
  style.color = color;
  style.unicode = unicode;
  if (const auto size = size_of(descriptor)) style.columns = size->columns;
  return style;
}

/// The locale's character set by the precedence of POSIX: LC_ALL, LC_CTYPE, LANG.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = environment_value(name);
    if (!value || value->empty()) continue;
    return value->find("UTF-8") != std::string::npos || value->find("utf8") != std::string::npos;
  }
  return false;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Terminal Terminal::detect() {
  Terminal terminal;
  const auto term = environment_value("TERM");
  const bool dumb = !term || *term == "dumb" || term->empty();
  const auto no_color = environment_value("NO_COLOR");
  terminal.live_ = ::isatty(STDERR_FILENO) == 1 && !dumb;
  terminal.stdout_is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  terminal.color_ = !dumb && (!no_color || no_color->empty());
  terminal.unicode_ = locale_is_utf8();
  return terminal;
}

TextStyle Terminal::stderr_style() const {
  return style_of(STDERR_FILENO, live_ && color_, unicode_);
}

TextStyle Terminal::stdout_style() const {
  return style_of(STDOUT_FILENO, stdout_is_terminal_ && color_, unicode_);
}

TerminalSize Terminal::size() const { return size_of(STDERR_FILENO).value_or(TerminalSize{}); }

void Terminal::write_stderr(std::string_view text) { write_all(STDERR_FILENO, text); }
bool Terminal::write_stdout(std::string_view text) { return write_all(STDOUT_FILENO, text); }

}  // namespace shoal
