#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/command.h"
#include "job/parsed_line.h"
#include "plan/access_set.h"
#include "plan/command_table.h"
#include "plan/link_aliases.h"
#include "plan/path_table.h"
#include "plan/path_text.h"

namespace shoal {

/// Access::temporaries of a bare word of an unknown program: it is a path only
/// if something else in the jobs file says so. make_plan decides that and
/// leaves none of these.
inline constexpr std::uint8_t kOnlyIfKnown = 255;

/// What one command touches, as far as its words tell.
struct Effects {
  std::vector<Access> accesses;
  /// The row that describes the command best; nullptr for none.
  const CommandRow* row = nullptr;
  /// Other names that it gives to files.
  std::vector<MadeLink> links;
  /// It may touch anything.
  bool barrier = false;
  /// A program without a row, none of whose words is surely a path: a barrier
  /// too, unless a bare word turns out to be one.
  bool unknown = false;

  void clear();
};

/// Finds what commands touch, by the rows of the command table and by general
/// rules for programs that have none.
class AccessRules {
 public:
  /// All must outlive the rules.
  AccessRules(const CommandTable& table, PathTable& paths, PathSpelling& spelling)
      : table_(table), paths_(paths), spelling_(spelling) {}

  /// `folder` is JobsReader::current_folder() at the command. `effects` is
  /// cleared first. The line must be understood, an ordinary or state command.
  void derive(CommandKind kind, const ParsedLine& line, std::optional<std::string_view> folder,
              Effects& effects);

 private:
  struct Program {
    const CommandRow* row = nullptr;
    std::size_t next = 0;  // index of the first word behind its name
    bool absent = false;   // a wrapper without a command, or no words at all
  };

  void derive_state(const SimpleCommand& command);
  void derive_step(const SimpleCommand& command);
  void doubt_what_is_removed();
  Program find_program(const std::vector<Word>& words);
  const CommandRow* matching_row(std::string_view name, const std::vector<Word>& words,
                                 std::size_t next) const;
  std::size_t skip_wrapper(const CommandRow& row, const std::vector<Word>& words, std::size_t next);
  /// The index of the script's or module's word; nullopt: it cannot be told what runs.
  std::optional<std::size_t> find_script(const CommandRow& row, const std::vector<Word>& words,
                                         std::size_t next, bool& is_module) const;

  void make_links(const std::vector<Word>& words, std::size_t next);
  void apply_row(const CommandRow& row, const std::vector<Word>& words, std::size_t next);
  std::size_t apply_option(const CommandRow& row, const std::vector<Word>& words, std::size_t at);
  std::size_t apply_cluster(const CommandRow& row, const std::vector<Word>& words, std::size_t at);
  std::size_t give_values(const OptionRule& rule, const std::vector<Word>& words, std::size_t at);
  void apply_arguments(const CommandRow& row);
  void apply_defaults(const CommandRow& row);
  void apply_roles(const std::vector<Role>& roles, const Word& word);
  void apply_role(const Role& role, const Word& word);
  void apply_use(const Role& role, const Role::Use& use, const Word& word);
  void look_up(std::string_view pattern);
  void add_built(const Role& role, const Role::Use& use, const Word& word);
  void copy_into(const Role::Use& use, const Word& target);

  void apply_general_rules(const std::vector<Word>& words, std::size_t next);
  void apply_unknown_word(const Word& word);

  void add_folder_itself(std::string_view folder);
  void add_word(AccessMode mode, const Word& word);
  void add_path(AccessMode mode, std::string_view path, std::uint8_t temporaries = 0);
  void add_pattern(AccessMode mode, std::string_view pattern);
  void add_temporaries(std::string_view path, std::uint8_t rule);
  void add(Access access);
  /// Whether a step ran, as far as one may ask of a line that ended well.
  bool surely_ran() const { return !conditional_ || and_list_; }

  const CommandTable& table_;
  PathTable& paths_;
  PathSpelling& spelling_;

  // Of the command at hand:
  std::string folder_;
  Effects* effects_ = nullptr;
  bool conditional_ = false;  // the step may not run
  bool and_list_ = false;     // yet it did if the line ended well
  bool status_used_ = false;  // whether the step succeeds decides about another one
  bool certain_ = true;
  bool only_step_ = false;    // the line holds no other step
  bool after_reads_ = false;  // see Access
  bool saw_path_ = false;     // of an unknown program
  std::vector<const Word*> arguments_;
  std::vector<std::string_view> given_;  // options given, by their first name
};

}  // namespace shoal
