#include "tests/view/terminal_emulator.h"

#include <algorithm>
#include <charconv>

#include "view/screen_text.h"

namespace shoal {
namespace {

std::size_t sequence_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

std::vector<std::string> without_empty_end(std::vector<std::string> rows) {
  while (!rows.empty() && rows.back().empty()) rows.pop_back();
  return rows;
}

}  // namespace

void TerminalEmulator::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t used = 1;
    if (bytes.front() == '\r') {
      column_ = 0;
    } else if (bytes.front() == '\n') {
      line_feed();
    } else if (bytes.front() == '\x1b') {
      used = escape(bytes);
    } else if (static_cast<unsigned char>(bytes.front()) < 0x20) {
      unknown_ += bytes.front();
    } else {
      used = std::min(bytes.size(), sequence_length(bytes.front()));
      put(bytes.substr(0, used));
    }
    bytes.remove_prefix(used);
  }
}

void TerminalEmulator::put(std::string_view character) {
  const std::size_t width = display_width(character);
  if (column_ + width > columns_) {
    ++wraps_;
    lines_[row_].goes_on = true;
    line_feed();
  }
  std::vector<std::string>& cells = lines_[row_].cells;
  if (cells.size() < column_ + width) cells.resize(column_ + width, " ");
  if (width == 0) {
    if (column_ > 0) cells[column_ - 1] += character;
    return;
  }
  cells[column_] = character;
  if (width == 2) cells[column_ + 1].clear();
  column_ += width;
}

void TerminalEmulator::line_feed() {
  column_ = 0;
  if (++row_ == lines_.size()) lines_.emplace_back();
}

std::size_t TerminalEmulator::escape(std::string_view bytes) {
  const auto final_byte =
      std::find_if(bytes.begin() + std::min<std::ptrdiff_t>(2, std::ssize(bytes)), bytes.end(),
                   [](char c) { return c >= '@' && c <= '~'; });
  if (final_byte == bytes.end() || bytes[1] != '[') {
    unknown_ += bytes;
    return bytes.size();
  }
  const auto length = static_cast<std::size_t>(final_byte - bytes.begin()) + 1;
  const std::string_view parameter = bytes.substr(2, length - 3);
  std::size_t count = 1;
  std::from_chars(parameter.data(), parameter.data() + parameter.size(), count);
  switch (*final_byte) {
    case 'A':
      row_ = std::max(top(), row_ >= count ? row_ - count : 0);
      break;
    case 'K':
      if (lines_[row_].cells.size() > column_) lines_[row_].cells.resize(column_);
      lines_[row_].goes_on = false;
      break;
    case 'J':
      if (lines_[row_].cells.size() > column_) lines_[row_].cells.resize(column_);
      lines_[row_].goes_on = false;
      // The screen keeps its place: rows below are emptied, not removed.
      for (std::size_t row = row_ + 1; row < lines_.size(); ++row) lines_[row] = Line{};
      break;
    case 'm':
      break;
    default:
      unknown_ += bytes.substr(0, length);
  }
  return length;
}

void TerminalEmulator::resize(std::size_t columns, std::size_t rows) {
  std::vector<Line> old;
  old.swap(lines_);
  const std::size_t old_row = row_;
  columns_ = columns;
  rows_ = rows;
  std::vector<std::string> logical;
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (i == old_row) row_ = lines_.size();
    logical.insert(logical.end(), old[i].cells.begin(), old[i].cells.end());
    if (old[i].goes_on) continue;
    do {
      std::size_t take = std::min(columns_, logical.size());
      if (take < logical.size() && logical[take].empty()) --take;
      Line line;
      line.cells.assign(logical.begin(), logical.begin() + static_cast<std::ptrdiff_t>(take));
      logical.erase(logical.begin(), logical.begin() + static_cast<std::ptrdiff_t>(take));
      line.goes_on = !logical.empty();
      lines_.push_back(std::move(line));
    } while (!logical.empty());
  }
  column_ = 0;  // where a LiveRegion leaves the cursor
}

std::string TerminalEmulator::shown(const Line& line) {
  std::string text;
  for (const std::string& cell : line.cells) text += cell;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<std::string> TerminalEmulator::everything() const {
  std::vector<std::string> rows;
  for (const Line& line : lines_) rows.push_back(shown(line));
  return without_empty_end(std::move(rows));
}

std::vector<std::string> TerminalEmulator::screen() const {
  std::vector<std::string> rows;
  for (std::size_t i = top(); i < lines_.size(); ++i) rows.push_back(shown(lines_[i]));
  return without_empty_end(std::move(rows));
}

}  // namespace shoal
