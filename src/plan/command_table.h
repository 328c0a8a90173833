#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace shoal {

/// What known programs read and write, as rows of data: see
/// docs/commands.md for the format. Built-in rows come first; rows of a user's
/// TOML file go before them.
class CommandTable {
 public:
  /// The rows that shoal is shipped with.
  static CommandTable built_in();

  /// Adds the rows of a TOML file's text. `place` names the file in errors.
  Expected<void> add_toml(std::string_view toml, std::string_view place);

  CommandTable(CommandTable&&) noexcept;
  CommandTable& operator=(CommandTable&&) noexcept;
  ~CommandTable();
  // the plan helper completes this
 private:
  CommandTable();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
