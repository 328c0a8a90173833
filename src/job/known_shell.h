#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "job/command.h"
#include "job/parsed_line.h"

namespace shoal {

/// A word of a state line, and whether its value is not known although bash
/// will know it: it holds variables of unknown value.
struct StateWord {
  std::string_view text;  // without the unknown parts when unknown_value
  bool unknown_value = false;
};

/// What is known of the shell at some line of a jobs file: variables, folder,
/// options, functions, aliases. Whatever is uncertain is unknown.
///
/// A sourced file is taken to set variables only, as the activate script of a
/// virtual environment does.
class KnownShell {
 public:
  using Environment = std::function<std::optional<std::string>(std::string_view name)>;
  explicit KnownShell(Environment environment) : environment_(std::move(environment)) {}

  /// The value of a variable; nullopt when it is unset or not known. The view
  /// lives until the variable changes.
  std::optional<std::string_view> value(std::string_view name);
  /// Whether a line may hand the variable on without its value being known:
  /// not for those that change by themselves (RANDOM), nor under `set -u`.
  bool may_be_passed_on(std::string_view name) const;

  bool globs() const { return !no_globs_; }
  /// Unquoted expansions split at blanks, tabs and newlines, as by default.
  bool splits_by_default() const { return !other_separators_; }
  /// `set -u` may be on: an unset variable ends the shell.
  bool exits_on_unset() const { return no_unset_; }
  ErrorExit error_exit() const { return error_exit_; }
  bool is_function(std::string_view name) const {
    return !functions_.empty() && functions_.contains(std::string(name));
  }
  bool is_alias(std::string_view name) const {
    return expands_aliases_ && (any_alias_ || aliases_.contains(std::string(name)));
  }
  bool redefines_programs() const { return !functions_.empty() || expands_aliases_; }
  /// The folder relative to the run's; nullopt when not known.
  std::optional<std::string_view> folder() const {
    return folder_known_ ? std::optional<std::string_view>(folder_) : std::nullopt;
  }

  /// Whether `cd TARGET` goes there or nowhere: no search, no look at variables.
  bool names_a_folder(std::string_view target);

  /// `NAME=value` as a line of its own. `none` when it was followed, else why
  /// the line is opaque.
  BarrierReason assign(std::string_view name, StateWord value);
  /// A state line's builtin with its arguments, `words[0]` being its name.
  BarrierReason apply(std::span<const StateWord> words);

  void define_function(std::string_view name) { functions_.emplace(name); }
  /// An opaque line may have left anything behind. `text` is that line.
  void forget(std::string_view text);

 private:
  struct Variable {
    std::optional<std::string> value;
    bool read_only = false;
  };
  BarrierReason declare(std::span<const StateWord> arguments, bool read_only);
  BarrierReason unset(std::span<const StateWord> arguments);
  BarrierReason change_folder(std::span<const StateWord> arguments);
  BarrierReason set_options(std::span<const StateWord> arguments);
  BarrierReason set_option(char letter, bool on);
  static BarrierReason set_trap(std::span<const StateWord> arguments);
  BarrierReason set_alias(std::span<const StateWord> words);
  void forget_variables();
  std::optional<std::string_view> working_folder();
  std::optional<std::string_view> from_environment(std::string_view name);

  Environment environment_;
  std::unordered_map<std::string, Variable> variables_;
  bool environment_known_ = true;
  std::unordered_set<std::string> functions_;
  std::unordered_set<std::string> aliases_;
  std::string folder_;
  std::string working_folder_;
  bool folder_known_ = true;
  bool changes_folders_ = false;  // an opaque line may have, or may have made a function that does
  bool no_globs_ = false;
  bool no_unset_ = false;  // set -u
  ErrorExit error_exit_ = ErrorExit::off;
  bool expands_aliases_ = false;
  // An opaque line may have made any:
  bool any_alias_ = false;
  bool any_read_only_ = false;
  bool other_separators_ = false;  // IFS may have changed
};

}  // namespace shoal
