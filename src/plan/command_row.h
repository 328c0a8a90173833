#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/access_set.h"

namespace shoal {

/// A path made from a word: literal text and parts of the word.
class PathTemplate {
 public:
  enum class Part : std::uint8_t {
    literal,
    value,   // {}        the word
    glob,    // {glob}    the word, whose own `*`, `?` and `[` the program expands
    stem,    // {stem}    the word without its last suffix
    parent,  // {parent}  the folder that holds it
    name,    // {name}    what stands behind its last slash
  };
  struct Piece {
    Part part = Part::literal;
    std::string text;  // of a literal
  };

  /// nullopt when a brace holds no name from above.
  static std::optional<PathTemplate> parse(std::string_view text);

  const std::vector<Piece>& pieces() const { return pieces_; }
  /// Just `{}`, by far the most frequent one.
  bool is_value() const { return pieces_.size() == 1 && pieces_[0].part == Part::value; }
  /// Just `{parent}`, the next.
  bool is_parent() const { return pieces_.size() == 1 && pieces_[0].part == Part::parent; }

 private:
  std::vector<Piece> pieces_;
};

/// What a program does with a word that it gets in one place.
struct Role {
  struct Use {
    AccessMode mode = AccessMode::read;
    PathTemplate path;
    /// Where the path is a folder, a file in it is written for each other
    /// argument, with that one's name.
    bool into = false;
    /// Makes a folder in passing: the program may fail before it comes to that.
    bool in_passing = false;
  };
  std::vector<Use> uses;
  std::vector<std::string> defaults;  // taken for the word when it is absent
  std::vector<std::string>
      barrier_when;              // globs: a word that matches one makes the command a barrier
  std::string barrier_unless;    // glob: a word that does not match makes it one; "" for none
  std::string only_if;           // glob that the word must match, else it is no path; "" for any
  bool data_set_names = false;   // `name:name` is one of ASReview's data sets, no path
  bool maybe = false;            // may go without: an absent file is no failure
  std::uint8_t temporaries = 0;  // see Access::temporaries
};

/// An option and what follows it.
struct OptionRule {
  enum class Takes : std::uint8_t { nothing, one, many };
  Takes takes = Takes::nothing;
  std::vector<Role> roles;  // empty: its value is no path
  std::string first_name;   // of an option with several
};

/// What one program, or one of its subcommands, does with its words.
struct CommandRow {
  enum class Sort : std::uint8_t {
    program,
    wrapper,      // runs the command that its other words are: nice, env, timeout
    interpreter,  // runs the script that its first word names: python
    linker,       // makes links of its arguments, as ln does
    barrier,      // may do anything
  };
  std::vector<std::string> programs;
  std::vector<std::string> subcommand;
  std::vector<std::string> with;  // matches only when one of these options is given
  Sort sort = Sort::program;
  std::string kind;
  bool built_in = false;           // not one of the user's rows
  bool simulates = false;          // belongs to the middle of the three stages
  bool ignores_unknown = false;    // options without a rule are flags that touch nothing
  bool takes_assignments = false;  // wrapper: NAME=value words may stand before the command
  std::uint32_t skips = 0;         // wrapper: words of its own before the command
  std::string module_option;       // interpreter: runs a module instead ("-m")
  std::string code_option;         // interpreter: runs the text that follows ("-c")
  std::vector<std::pair<std::string, OptionRule>> options;  // sorted by name
  std::vector<Role> arguments;                              // by position
  std::optional<Role> last;   // the last argument, when there is more than one
  std::optional<Role> rest;   // all other arguments
  bool has_defaults = false;  // some option has one

  /// Sets what follows from the rest. To be called once the row is complete.
  void finish();

  /// An option by its name, or by an abbreviation of a long one that fits no other.
  const OptionRule* find_option(std::string_view name) const;
};

/// Paths that come and go while a command writes another: what replaces that
/// one's suffix. A slash at the end says: a folder.
struct TemporariesRule {
  std::vector<std::string> suffixes;
  friend bool operator==(const TemporariesRule&, const TemporariesRule&) = default;
};

}  // namespace shoal
