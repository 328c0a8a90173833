#include "job/jobs_text.h"

#include <algorithm>
#include <cstring>

namespace shoal {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
}

/// `@echo off` and `@ echo off`, with which Makita's batch files begin.
bool is_echo_off(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('@')) return false;
  line = trimmed(line.substr(1));
  return line.size() > 4 && equals_ignoring_case(line.substr(0, 4), "echo") &&
         equals_ignoring_case(trimmed(line.substr(4)), "off");
}

bool begins_with_word(std::string_view line, std::string_view lower) {
  return equals_ignoring_case(line.substr(0, lower.size()), lower) &&
         (line.size() == lower.size() || line[lower.size()] == ' ' || line[lower.size()] == '\t');
}

/// Lines of a batch file that only cmd.exe has a use for.
bool is_batch_only(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with("::") || is_echo_off(line)) return true;
  if (line.starts_with('@')) line = trimmed(line.substr(1));
  return begins_with_word(line, "rem") || begins_with_word(line, "color");
}

bool is_batch_file(std::string_view text, std::string_view name) {
  if (name.size() >= 4 && equals_ignoring_case(name.substr(name.size() - 4), ".bat")) return true;
  return is_echo_off(text.substr(0, text.find('\n')));
}

void drop_carriage_returns(std::string& text) {
  std::size_t from = text.find("\r\n");
  if (from == std::string::npos) return;
  std::size_t to = from;
  while (from < text.size()) {
    const std::size_t next = std::min(text.find("\r\n", from + 1), text.size());
    const std::size_t kept = from + 1;  // the carriage return at `from` goes
    std::memmove(text.data() + to, text.data() + kept, next - kept);
    to += next - kept;
    from = next;
  }
  text.resize(to);
}

std::string from_batch(std::string_view text) {
  std::string shell;
  shell.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!is_batch_only(line)) {
      shell += line;
      std::ranges::replace(shell.end() - static_cast<std::ptrdiff_t>(line.size()), shell.end(),
                           '\\', '/');
    }
    if (end < text.size()) shell += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shell;
}

}  // namespace

Expected<JobsText> JobsText::from(std::string bytes, std::string name) {
  if (bytes.empty()) {
    return input_error(std::move(name), "the jobs file is empty",
                       "Write one command a line into it, or name another file");
  }
  if (const std::size_t nul = bytes.find('\0'); nul != std::string::npos) {
    const auto line =
        1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    return input_error(std::move(name),
                       "this is no text: there is a NUL byte in line " + std::to_string(line),
                       "Give a jobs file: a shell script, saved as UTF-8 if it came from Windows");
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  drop_carriage_returns(bytes);
  if (is_batch_file(bytes, name)) bytes = from_batch(bytes);
  return JobsText(std::move(bytes), std::move(name));
}

std::string_view JobsText::interpreter() const {
  const std::string_view text = text_;
  if (!text.starts_with("#!")) return {};
  return trimmed(text.substr(2, text.find('\n') - 2));
}

}  // namespace shoal
