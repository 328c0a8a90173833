// Reads a jobs file and prints what the parser makes of it, one JSON object a
// command; the differential tests compare it with other shells' parsers.
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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: parse_dump JOBS_FILE\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  auto text = shoal::JobsText::from(std::move(bytes).str(), argv[1]);
  if (!text) {
    std::cerr << text.error().sentence() << '\n';
    return 2;
  }
  shoal::JobsReader reader(*text, {environment});
  shoal::Command command;
  shoal::ParsedLine parsed;
  while (reader.next(command, parsed)) {
    json simple = json::array();
    for (const shoal::SimpleCommand& one : parsed) simple.push_back(simple_json(one));
    json line = {{"line", command.line},
                 {"kind", kind_text(command.kind)},
                 {"barrier", shoal::barrier_reason_text(command.barrier)},
                 {"text", shoal::valid_utf8(command.text)},
                 {"needs_shell", command.needs_shell},
                 {"portable", command.portable},
                 {"may_change_shell", command.may_change_shell},
                 {"commands", simple}};
    if (!command.needs_shell) line["direct"] = shoal::literal_words(command.text);
    std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }
  if (reader.error()) std::cerr << reader.error()->sentence() << '\n';
  return reader.error() ? 2 : 0;
}
