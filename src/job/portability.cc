#include "job/portability.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "job/characters.h"
#include "job/words.h"

namespace shoal {
namespace {

using Words = std::span<const Word>;

/// The longest file name of Linux; shells report longer ones differently.
constexpr std::size_t kLongestProgram = 255;

bool has_backslash(const Word& word) { return word.text.find('\\') != std::string_view::npos; }

/// echo: options and backslashes differ.
bool portable_echo(Words arguments) {
  const bool option = !arguments.empty() && arguments.front().text.starts_with('-');
  return !option && std::ranges::none_of(arguments, has_backslash);
}

/// printf: a format of plain text, %s, %%, \n and \t.
bool portable_printf(Words arguments) {
  if (arguments.empty()) return false;
  const std::string_view format = arguments.front().text;
  if (format.starts_with('-')) return false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const std::string_view pair = format.substr(i, 2);
    if (format[i] == '%' && pair != "%s" && pair != "%%") return false;
    if (format[i] == '\\' && pair != "\\n" && pair != "\\t") return false;
    if (format[i] == '%' || format[i] == '\\') ++i;
  }
  return true;
}

bool is_small_number(std::string_view text) { return text.size() <= 9 && is_all_digits(text); }

/// test and [: the operators of POSIX with up to three arguments.
bool portable_test(Words arguments) {
  constexpr auto kUnary = std::to_array<std::string_view>({"-d", "-e", "-f", "-n", "-s", "-z"});
  constexpr auto kNumeric =
      std::to_array<std::string_view>({"-eq", "-ge", "-gt", "-le", "-lt", "-ne"});
  if (arguments.size() == 2) return std::ranges::count(kUnary, arguments[0].text) > 0;
  if (arguments.size() != 3) return false;
  const std::string_view op = arguments[1].text;
  if (std::ranges::count(kNumeric, op) > 0) {
    return is_small_number(arguments[0].text) && is_small_number(arguments[2].text);
  }
  const auto is_operator = [](std::string_view text) {
    return text.starts_with('-') || text == "!" || text == "(";
  };
  return (op == "=" || op == "!=") && !is_operator(arguments[0].text);
}

}  // namespace

bool is_portable_command(const std::vector<Word>& words, ProgramKind kind) {
  const std::string_view program = words.front().text;
  const Words arguments = Words(words).subspan(1);
  if (kind != ProgramKind::harmless) {
    return !program.empty() && program.size() <= kLongestProgram && !is_shell_builtin(program) &&
           words.front().kind == Word::Kind::literal;
  }
  if (program == "true" || program == "false" || program == ":") return true;
  if (program == "echo") return portable_echo(arguments);
  if (program == "printf") return portable_printf(arguments);
  if (program == "test") return portable_test(arguments);
  if (program == "[") {
    return !arguments.empty() && arguments.back().text == "]" &&
           portable_test(arguments.first(arguments.size() - 1));
  }
  return false;
}

}  // namespace shoal
