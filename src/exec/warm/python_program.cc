#include "exec/warm/python_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "exec/descriptor.h"
#include "exec/program_search.h"

namespace shoal {
namespace {

constexpr std::string_view kElf =
    "\x7f"
    "ELF";
/// As much as the kernel reads of a `#!` line (execve(2)).
constexpr std::size_t kLongestShebang = 255;

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

/// python, python3, python3.11.
bool is_interpreter_name(std::string_view name) {
  constexpr std::string_view kPython = "python";
  return name.starts_with(kPython) &&
         name.find_first_not_of("0123456789.", kPython.size()) == std::string_view::npos;
}

bool is_identifier(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool is_module_name(std::string_view name) {
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_identifier(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

/// The first bytes of a file that may be executed; "" of any other.
std::string beginning_of(const std::string& path, int folder) {
  if (::faccessat(folder, path.c_str(), X_OK, AT_EACCESS) != 0) return {};
  const FileDescriptor file(::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return {};
  std::array<char, kLongestShebang + 1> text;
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

/// The words behind `#!`; none where the line may be cut.
std::vector<std::string> shebang_words(std::string_view beginning) {
  std::vector<std::string> words;
  const std::size_t end = beginning.find('\n');
  if (!beginning.starts_with("#!") || end == std::string_view::npos) return words;
  constexpr std::string_view kBlanks = " \t";
  const std::string_view line = beginning.substr(2, end - 2);
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t stop = std::min(line.find_first_of(kBlanks, at), line.size());
    words.emplace_back(line.substr(at, stop - at));
    at = line.find_first_not_of(kBlanks, stop);
  }
  return words;
}

/// The interpreter of that name, if it is a program and no script around one.
std::optional<std::string> find_interpreter(std::string_view name, std::string_view search_path,
                                            int folder) {
  if (!is_interpreter_name(base_name(name))) return std::nullopt;
  FoundProgram found = find_program(name, search_path, folder);
  if (found.path.empty() || !beginning_of(found.path, folder).starts_with(kElf)) {
    return std::nullopt;
  }
  return std::move(found.path);
}

std::optional<PythonProgram> called_by_name(const std::vector<std::string>& words,
                                            std::string interpreter) {
  PythonProgram program;
  if (words.size() < 2 || words[1].empty()) return std::nullopt;
  program.is_module = words[1] == "-m" && words.size() > 2 && is_module_name(words[2]);
  if (words[1].starts_with('-') && !program.is_module) return std::nullopt;
  program.path = interpreter;
  program.interpreter = std::move(interpreter);
  program.words = words;
  return program;
}

}  // namespace

std::optional<PythonProgram> find_python_program(const std::vector<std::string>& words,
                                                 std::string_view search_path, int folder) {
  if (auto interpreter = find_interpreter(words.front(), search_path, folder)) {
    return called_by_name(words, std::move(*interpreter));
  }
  const FoundProgram found = find_program(words.front(), search_path, folder);
  if (found.path.empty()) return std::nullopt;
  std::vector<std::string> shebang = shebang_words(beginning_of(found.path, folder));
  const bool by_env = shebang.size() == 2 && shebang[0] == "/usr/bin/env";
  if (by_env) shebang.erase(shebang.begin());
  if (shebang.size() != 1 || (!by_env && !shebang[0].starts_with('/'))) return std::nullopt;
  auto interpreter = find_interpreter(shebang[0], search_path, folder);
  if (!interpreter) return std::nullopt;
  PythonProgram program;
  program.interpreter = std::move(*interpreter);
  program.path = found.path;
  program.words = {shebang[0], found.path};
  program.words.insert(program.words.end(), words.begin() + 1, words.end());
  return program;
}

}  // namespace shoal
