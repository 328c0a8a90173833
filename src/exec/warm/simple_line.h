#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal {

/// A redirection of one of the three standard descriptors.
struct SimpleRedirect {
  enum class Kind : std::uint8_t { read, write, append, duplicate };
  int descriptor = 1;
  Kind kind = Kind::write;
  std::string target;  // a path; of a duplicate the other descriptor: "1" or "2"
};

/// A simple command of literal words.
struct SimpleStep {
  bool is_timed = false;  // by bash's `time`
  std::vector<std::pair<std::string, std::string>> assignments;
  std::vector<std::string> words;  // at least one
  std::vector<SimpleRedirect> redirects;

  bool is_bare() const { return !is_timed && assignments.empty() && redirects.empty(); }
};

/// Reads a line that consists of simple commands joined by `&&`, each of
/// literal words (quoted or not), with at most a `time`, assignments and plain
/// redirections. It means the same to bash and to whoever executes the steps
/// until one fails. nullopt: there is anything else in it, even if bash would
/// do nothing about it: then a shell must run it.
///
/// Nothing is said about what the words of a program mean to the shell: the
/// caller must refuse builtins.
std::optional<std::vector<SimpleStep>> read_simple_line(std::string_view text);

}  // namespace shoal
