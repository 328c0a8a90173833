#include "tests/job/reading.h"

#include <gtest/gtest.h>

#include <array>

namespace shoal::testing {
namespace {

std::string described(const Word& word) {
  std::string text(word.kind == Word::Kind::glob ? "glob:" : "");
  return text.append(word.text);
}

std::string described(const Redirect& redirect) {
  constexpr std::array<std::string_view, 4> kOperators = {"<", ">", ">>", "<>"};
  std::string text(kOperators[static_cast<std::size_t>(redirect.direction)]);
  return text.append(described(redirect.target));
}

ReadCommand copied(const Command& command, const ParsedLine& parsed) {
  ReadCommand copy;
  copy.command = command;
  copy.text = command.text;
  for (const SimpleCommand& simple : parsed) {
    auto& words = copy.words.emplace_back();
    for (const Word& word : simple.words) words.push_back(described(word));
    auto& redirects = copy.redirects.emplace_back();
    for (const Redirect& redirect : simple.redirects) redirects.push_back(described(redirect));
    copy.connectors.push_back(simple.connector);
  }
  return copy;
}

}  // namespace

std::unique_ptr<Reading> read_jobs(std::string_view content, const Variables& environment) {
  auto reading = std::make_unique<Reading>();
  auto text = JobsText::from(std::string(content), "jobs.sh");
  if (!text) {
    reading->error = text.error();
    return reading;
  }
  reading->text.emplace(std::move(*text));
  JobsReader reader(*reading->text, {[&](std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  }});
  Command command;
  ParsedLine parsed;
  while (reader.next(command, parsed)) {
    ReadCommand& copy = reading->commands.emplace_back(copied(command, parsed));
    if (const auto folder = reader.current_folder()) copy.folder = std::string(*folder);
  }
  reading->error = reader.error();
  reading->stopped_at_line = reader.stopped_at_line();
  reading->directives = reader.take_directives();
  reading->state = reader.take_state();
  return reading;
}

ReadCommand read_line(std::string_view line, const Variables& environment) {
  const auto reading = read_jobs(line, environment);
  EXPECT_EQ(reading->commands.size(), 1U) << line;
  return reading->commands.empty() ? ReadCommand{} : reading->commands.front();
}

}  // namespace shoal::testing
