#pragma once

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace shoal {

/// The values that an option takes, by its long name ("--mode") or, for a
/// positional, its name ("SHELL"), where CLI11 itself does not know them.
using OptionChoices = std::map<std::string, std::vector<std::string>>;

enum class OperandKind {
  none,    // a flag
  choice,  // one of choices_of
  file,
  folder,
  other,
};

/// Subcommands that help shows, in order of definition.
std::vector<const CLI::App*> visible_subcommands(const CLI::App& app);

/// Options and positionals that help shows, those of option groups included.
std::vector<const CLI::Option*> visible_options(const CLI::App& app);

/// "-j", "--jobs": short ones first; empty for a positional.
std::vector<std::string> names_of(const CLI::Option& option);

/// The values that an option takes: those of `choices`, else those of its
/// CLI::IsMember; empty when any value will do.
std::vector<std::string> choices_of(const CLI::Option& option, const OptionChoices& choices);

/// By its choices, else by its type name or validators (FILE, DIR, PATH, FOLDER).
OperandKind operand_kind(const CLI::Option& option, const OptionChoices& choices);

/// What stands for its operand in a text: "N", "FILE"; "" for a flag.
std::string operand_name(const CLI::Option& option);

}  // namespace shoal
