// Reads jobs files and prints what the parser makes of them; the differential
// tests compare it with other shells' parsers.
//
//   parse_dump FILE          one JSON object a command
//   parse_dump --each FILE   FILE holds many jobs files, each ended by a NUL
//                            byte; one JSON array of such objects for each
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.h"
#include "job/jobs_reader.h"
#include "job/words.h"

namespace {

using nlohmann::json;

std::string_view kind_text(shoal::CommandKind kind) {
  switch (kind) {
    case shoal::CommandKind::ordinary:
      return "ordinary";
    case shoal::CommandKind::state:
      return "state";
    case shoal::CommandKind::opaque:
      return "opaque";
  }
  return "";
}

json word_json(const shoal::Word& word) {
  return {{"text", shoal::valid_utf8(word.text)}, {"glob", word.kind == shoal::Word::Kind::glob}};
}

json simple_json(const shoal::SimpleCommand& simple) {
  json words = json::array();
  for (const shoal::Word& word : simple.words) words.push_back(word_json(word));
  json redirects = json::array();
  for (const shoal::Redirect& redirect : simple.redirects) {
    redirects.push_back({{"direction", static_cast<int>(redirect.direction)},
                         {"target", word_json(redirect.target)}});
  }
  return {{"words", words},
          {"redirects", redirects},
          {"connector", static_cast<int>(simple.connector)}};
}

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

json command_json(const shoal::Command& command, const shoal::ParsedLine& parsed) {
  json simple = json::array();
  for (const shoal::SimpleCommand& one : parsed) simple.push_back(simple_json(one));
  json line = {{"line", command.line},
               {"kind", kind_text(command.kind)},
               {"barrier", shoal::barrier_reason_text(command.barrier)},
               {"text", shoal::valid_utf8(command.text)},
               {"needs_shell", command.needs_shell},
               {"portable", command.portable},
               {"may_change_shell", command.effect == shoal::ShellEffect::may_change},
               {"folder", shoal::valid_utf8(parsed.folder())},
               {"commands", simple}};
  if (!command.needs_shell) line["direct"] = shoal::literal_words(command.text);
  return line;
}

void print(const json& value) {
  std::cout << value.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
}

shoal::Expected<std::vector<json>> commands_of(std::string bytes, const std::string& name) {
  auto text = shoal::JobsText::from(std::move(bytes), name);
  if (!text) return tl::unexpected(text.error());
  shoal::JobsReader reader(*text, {environment});
  shoal::Command command;
  shoal::ParsedLine parsed;
  std::vector<json> commands;
  while (reader.next(command, parsed)) commands.push_back(command_json(command, parsed));
  if (reader.error()) return tl::unexpected(*reader.error());
  return commands;
}

}  // namespace

int main(int argc, char** argv) {
  const bool each = argc == 3 && std::string_view(argv[1]) == "--each";
  if (argc != 2 && !each) {
    std::cerr << "usage: parse_dump [--each] FILE\n";
    return 2;
  }
  const std::string name = argv[argc - 1];
  std::ifstream file(name, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (each) {
    std::istringstream parts(std::move(bytes).str());
    for (std::string part; std::getline(parts, part, '\0');) {
      print(commands_of(part, name).value_or(std::vector<json>()));
    }
    return 0;
  }
  const auto commands = commands_of(std::move(bytes).str(), name);
  if (!commands) {
    std::cerr << commands.error().sentence() << '\n';
    return 2;
  }
  for (const json& command : *commands) print(command);
}
