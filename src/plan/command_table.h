#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "plan/command_row.h"

namespace shoal {

/// What known programs read and write, as rows of data: see
/// docs/commands.md for the format. Built-in rows come first; rows of a user's
/// TOML file go before them.
class CommandTable {
 public:
  /// The rows that shoal is shipped with.
  static CommandTable built_in();

  /// Adds the rows of a TOML file's text. `place` names the file in errors.
  /// On an error the table is as it was.
  Expected<void> add_toml(std::string_view toml, std::string_view place);

  /// The rows for a program (the base name of its file, or a module's name),
  /// in the order in which to try them. A version at the name's end
  /// (python3.11) is ignored when the full name has no row.
  const std::vector<const CommandRow*>& rows_of(std::string_view program) const;

  /// By the 1-based numbers of Access::temporaries, index = number - 1.
  const std::vector<TemporariesRule>& temporaries() const;

  CommandTable(CommandTable&&) noexcept;
  CommandTable& operator=(CommandTable&&) noexcept;
  ~CommandTable();

 private:
  CommandTable();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
