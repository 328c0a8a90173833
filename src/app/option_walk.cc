#include "app/option_walk.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <sstream>

namespace shoal {
namespace {

bool has_word(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

/// CLI11 describes a set as "{a,b,c}", and a mapping as "{a->1,b->2}".
std::vector<std::string> set_in(const std::string& type_name) {
  const std::size_t open = type_name.find('{');
  const std::size_t close = type_name.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::istringstream items(type_name.substr(open + 1, close - open - 1));
  std::vector<std::string> values;
  for (std::string item; std::getline(items, item, ',');) {
    values.push_back(item.substr(0, item.find("->")));
  }
  return values;
}

}  // namespace

std::vector<const CLI::App*> visible_subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* subcommand) {
    return !subcommand->get_name().empty() && !subcommand->get_group().empty();
  });
}

std::vector<const CLI::Option*> visible_options(const CLI::App& app) {
  std::vector<const CLI::Option*> options =
      app.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
  const auto groups =
      app.get_subcommands([](const CLI::App* group) { return group->get_name().empty(); });
  for (const CLI::App* const group : groups) {
    const std::vector<const CLI::Option*> more = visible_options(*group);
    options.insert(options.end(), more.begin(), more.end());
  }
  return options;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> choices_of(const CLI::Option& option, const OptionChoices& choices) {
  for (const std::string& name : names_of(option)) {
    if (const auto found = choices.find(name); found != choices.end()) return found->second;
  }
  if (const auto found = choices.find(option.get_name(true)); found != choices.end()) {
    return found->second;
  }
  return set_in(option.get_type_name());
}

OperandKind operand_kind(const CLI::Option& option, const OptionChoices& choices) {
  if (option.get_items_expected_max() == 0) return OperandKind::none;
  if (!choices_of(option, choices).empty()) return OperandKind::choice;
  const std::string type = option.get_type_name() + " " + option.get_name(true);
  if (has_word(type, "DIR") || has_word(type, "FOLDER")) return OperandKind::folder;
  if (has_word(type, "FILE") || has_word(type, "PATH")) return OperandKind::file;
  return OperandKind::other;
}

std::string operand_name(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  std::string type = option.get_type_name();
  type = type.substr(0, type.find_first_of(":{ "));
  return type.empty() ? "VALUE" : type;
}

}  // namespace shoal
