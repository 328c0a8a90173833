#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/job/reading.h"

namespace shoal {
namespace {

using testing::read_jobs;

/// Texts of characters and pieces that mean something to a shell.
rc::Gen<std::string> shell_text() {
  const auto piece = rc::gen::element<std::string>(
      "a", "b ", "\n", "\n", " ", "'", "\"", "\\", "\\\n", "$", "$(", "${", "}", "$((", "))", "`",
      "(", ")", "{ ", "\n}", ";", ";;", "&", "&&", "|", "||", "<", ">", "<<E", "\nE\n", "<<-'E'",
      "#", "if ", "\nthen ", "\nfi", "for x in y\n", "do ", "\ndone", "case x in\n", "esac", "[[ ",
      " ]]", "((", "x=", "x[", "]", "f() ", "function ", "!", "time ", "~", "*", "=", "\t", "\xFF",
      "\x01", "exit", "eval ", "export ", "set -e", "cd ", "#shoal", "2>", "&>");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string text = "a\n";
                        for (const auto& one : pieces) text += one;
                        return text;
                      });
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

void check_that_all_text_is_accounted_for(const testing::Reading& reading) {
  const std::string_view content = reading.text->text();
  std::size_t at = 0;
  for (const auto& command : reading.commands) {
    const std::ptrdiff_t offset = command.command.text.data() - content.data();
    RC_ASSERT(offset >= static_cast<std::ptrdiff_t>(at));
    const auto found = static_cast<std::size_t>(offset);
    const auto line =
        1 + std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(found), '\n');
    RC_ASSERT(line == command.command.line);
    // Between two commands stand only blank lines and comments.
    for (std::size_t i = at; i < found; ++i) {
      if (content[i] == '#') i = end_of_line(content, i);
      if (i < found) RC_ASSERT(content[i] == ' ' || content[i] == '\t' || content[i] == '\n');
    }
    at = found + command.text.size();
  }
  if (reading.stopped_at_line) return;
  for (std::size_t i = at; i < content.size(); ++i) {
    if (content[i] == '#') i = end_of_line(content, i);
    if (i < content.size())
      RC_ASSERT(content[i] == ' ' || content[i] == '\t' || content[i] == '\n');
  }
}

RC_GTEST_PROP(ReaderProperty, AccountsForAllTextOfAnyShellLikeFile, ()) {
  const auto reading = read_jobs(*shell_text());
  if (!reading->error) check_that_all_text_is_accounted_for(*reading);
}

RC_GTEST_PROP(ReaderProperty, AccountsForAllTextOfAnyBytes, ()) {
  const auto bytes =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)));
  const auto reading = read_jobs(bytes);
  if (!reading->error) check_that_all_text_is_accounted_for(*reading);
}

RC_GTEST_PROP(ReaderProperty, KeepsKindsAndReasonsConsistent, ()) {
  const auto reading = read_jobs(*shell_text());
  for (const auto& read : reading->commands) {
    const Command& command = read.command;
    RC_ASSERT((command.kind == CommandKind::opaque) == (command.barrier != BarrierReason::none));
    if (command.kind == CommandKind::opaque) {
      RC_ASSERT(read.words.empty());
      RC_ASSERT(command.needs_shell);
      RC_ASSERT(!command.portable);
    }
    if (!command.needs_shell) RC_ASSERT(read.words.size() == 1U);
  }
}

RC_GTEST_PROP(ReaderProperty, ReadsTheCommandsOfTwoFilesInOrder, ()) {
  const auto lines = rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a b", "c 'd\ne'", "cat <<E\nx\nE", "if a\nthen b\nfi", "f &&\n g", "(a\n)", "a # b"));
  const auto first = *lines;
  const auto second = *lines;
  std::string content;
  std::vector<std::string> expected;
  for (const auto* half : {&first, &second}) {
    for (const auto& line : *half) {
      content += line + "\n";
      expected.push_back(line);
    }
  }
  RC_PRE(!content.empty());
  std::vector<std::string> texts;
  const auto reading = read_jobs(content);
  for (const auto& command : reading->commands) texts.push_back(command.text);
  RC_ASSERT(texts == expected);
}

}  // namespace
}  // namespace shoal
