#include "view/live_region.h"

#include <fmt/format.h>

#include <algorithm>

namespace shoal {
namespace {

constexpr std::string_view kEraseToEndOfLine = "\x1b[K";
constexpr std::string_view kEraseBelow = "\x1b[J";

std::string to_first_line(std::size_t rows_up) {
  return rows_up == 0 ? "\r" : fmt::format("\r\x1b[{}A", rows_up);
}

}  // namespace

std::string LiveRegion::update(const std::vector<std::string>& above,
                               const std::vector<ScreenLine>& lines, TerminalSize size) {
  const bool rewrite = !above.empty() || size != size_;
  const auto is_shown = [&](std::size_t i) {
    return !rewrite && i < shown_.size() && shown_[i].text == lines[i].text();
  };
  bool changed = rewrite || lines.size() != shown_.size();
  for (std::size_t i = 0; i < lines.size() && !changed; ++i) changed = !is_shown(i);
  if (!changed) return "";

  std::string out = to_first_line(rows_above_cursor(size));
  for (const std::string& line : above) out.append(line).append(kEraseToEndOfLine).append("\n");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_shown(i)) out.append(lines[i].text()).append(kEraseToEndOfLine);
    out += '\n';
  }
  out += kEraseBelow;

  shown_.clear();
  for (const ScreenLine& line : lines) shown_.push_back({line.text(), line.width()});
  size_ = size;
  return out;
}

std::string LiveRegion::erase() {
  if (shown_.empty()) return "";
  std::string out = to_first_line(rows_above_cursor(size_));
  out += kEraseBelow;
  shown_.clear();
  return out;
}

/// Terminals that were made narrower wrap the lines that stand on them already
/// (so do VTE, kitty, Konsole, tmux and Windows Terminal), so one line may take
/// several rows now.
std::size_t LiveRegion::rows_above_cursor(TerminalSize size) const {
  const std::size_t columns = std::max<std::size_t>(1, size.columns);
  std::size_t rows = 0;
  for (const Shown& line : shown_) {
    rows += std::max<std::size_t>(1, (line.width + columns - 1) / columns);
  }
  return std::min(rows, size.rows);
}

}  // namespace shoal
