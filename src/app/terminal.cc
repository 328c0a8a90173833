#include "app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "app/project.h"

namespace shoal {
namespace {

constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kUsualRows = 24;

winsize window() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return size;
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

std::size_t Terminal::columns() const {
  const winsize size = window();
  return size.ws_col > 0 ? size.ws_col : kUsualColumns;
}

std::size_t Terminal::rows() const {
  const winsize size = window();
  return size.ws_row > 0 ? size.ws_row : kUsualRows;
}

void Terminal::write_stderr(std::string_view text) { write_all(STDERR_FILENO, text); }
bool Terminal::write_stdout(std::string_view text) { return write_all(STDOUT_FILENO, text); }

}  // namespace shoal
