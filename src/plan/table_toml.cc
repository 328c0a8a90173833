#include "plan/table_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace shoal {
namespace {

std::vector<std::string> split_words(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// Reads one file of rows. Stops at the first thing that it does not
/// understand, and remembers it.
class RowReader {
 public:
  RowReader(std::string_view place, std::vector<TemporariesRule>& temporaries)
      : place_(place), temporaries_(temporaries) {}

  Expected<std::vector<CommandRow>> read(const toml::table& file);

 private:
  using KeyReader = void (RowReader::*)(const toml::node&, CommandRow&);

  void read_row(const toml::table& table, CommandRow& row);
  void read_key(std::string_view key, const toml::node& value, CommandRow& row);
  void read_options(const toml::node& value, CommandRow& row);
  void add_options(const std::vector<std::string>& names, const OptionRule& rule, CommandRow& row);
  std::vector<Role> read_roles(const toml::node& value, OptionRule::Takes* takes);
  Role read_role(const toml::node& value, OptionRule::Takes* takes);
  bool read_use(std::string_view key, const toml::node& value, Role& role);
  std::uint8_t read_temporaries(const toml::node& value);

  std::string text(const toml::node& value);
  std::vector<std::string> texts(const toml::node& value);
  bool yes(const toml::node& value);
  void fail(const toml::node& where, std::string message);

  std::string_view place_;
  std::vector<TemporariesRule>& temporaries_;
  std::optional<Error> error_;
};

void RowReader::fail(const toml::node& where, std::string message) {
  if (error_) return;
  error_ = Error{ErrorKind::input, fmt::format("{}:{}", place_, where.source().begin.line),
                 std::move(message), "docs/commands.md describes the format"};
}

std::string RowReader::text(const toml::node& value) {
  if (const auto found = value.value<std::string>(); found && value.is_string()) return *found;
  fail(value, "a text in quotes is expected here");
  return {};
}

std::vector<std::string> RowReader::texts(const toml::node& value) {
  if (!value.is_array()) return {text(value)};
  std::vector<std::string> all;
  for (const toml::node& item : *value.as_array()) all.push_back(text(item));
  return all;
}

bool RowReader::yes(const toml::node& value) {
  if (const auto found = value.value<bool>(); found && value.is_boolean()) return *found;
  fail(value, "true or false is expected here");
  return false;
}

Expected<std::vector<CommandRow>> RowReader::read(const toml::table& file) {
  std::vector<CommandRow> rows;
  for (const auto& [key, value] : file) {
    if (key.str() != "command" || !value.is_array_of_tables()) {
      fail(value, fmt::format("'{}' is not known; rows begin with [[command]]", key.str()));
      break;
    }
    for (const toml::node& item : *value.as_array()) {
      CommandRow base;
      const toml::table& table = *item.as_table();
      read_row(table, base);
      // Each subcommand that a row names is a row of its own.
      const toml::node* subcommands = table.get("subcommand");
      if (subcommands == nullptr) {
        rows.push_back(std::move(base));
        continue;
      }
      for (const std::string& subcommand : texts(*subcommands)) {
        rows.push_back(base);
        rows.back().subcommand = split_words(subcommand, " ");
      }
    }
  }
  if (error_) return tl::unexpected(*error_);
  return rows;
}

void RowReader::read_row(const toml::table& table, CommandRow& row) {
  for (const auto& [key, value] : table) read_key(key.str(), value, row);
  if (row.programs.empty()) fail(table, "a row needs a program");
  if (row.kind.empty()) row.kind = "other";
  row.finish();
}

void RowReader::read_key(std::string_view key, const toml::node& value, CommandRow& row) {
  const auto add_all = [&](OptionRule::Takes takes) {
    add_options(split_words(text(value), " "), OptionRule{takes, {}, {}}, row);
  };
  const auto set_sort = [&](CommandRow::Sort sort) {
    if (yes(value)) row.sort = sort;
  };
  if (key == "program") {
    row.programs = texts(value);
  } else if (key == "subcommand") {
    return;
  } else if (key == "with") {
    row.with = texts(value);
  } else if (key == "kind") {
    row.kind = text(value);
  } else if (key == "stage") {
    row.simulates = text(value) == "simulate";
    if (!row.simulates) fail(value, "the only stage is \"simulate\"");
  } else if (key == "flags") {
    add_all(OptionRule::Takes::nothing);
  } else if (key == "values") {
    add_all(OptionRule::Takes::one);
  } else if (key == "lists") {
    add_all(OptionRule::Takes::many);
  } else if (key == "other_options") {
    row.ignores_unknown = text(value) == "flags";
    if (!row.ignores_unknown) fail(value, "other_options can only be \"flags\"");
  } else if (key == "option") {
    read_options(value, row);
  } else if (key == "argument") {
    if (!value.is_array()) return fail(value, "argument is a list: one entry for each position");
    for (const toml::node& item : *value.as_array())
      row.arguments.push_back(read_role(item, nullptr));
  } else if (key == "rest") {
    row.rest = read_role(value, nullptr);
  } else if (key == "last") {
    row.last = read_role(value, nullptr);
  } else if (key == "barrier") {
    set_sort(CommandRow::Sort::barrier);
  } else if (key == "links") {
    set_sort(CommandRow::Sort::linker);
  } else if (key == "wrapper") {
    set_sort(CommandRow::Sort::wrapper);
  } else if (key == "interpreter") {
    set_sort(CommandRow::Sort::interpreter);
  } else if (key == "assignments") {
    row.takes_assignments = yes(value);
  } else if (key == "module_option") {
    row.module_option = text(value);
  } else if (key == "code_option") {
    row.code_option = text(value);
  } else if (key == "skips") {
    row.skips = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(value.value_or<std::int64_t>(0), 0, 100));
  } else {
    fail(value, fmt::format("a row has no key '{}'", key));
  }
}

void RowReader::read_options(const toml::node& value, CommandRow& row) {
  if (!value.is_table()) return fail(value, "write option.\"-o, --output\" = { ... }");
  for (const auto& [names, role] : *value.as_table()) {
    OptionRule rule{OptionRule::Takes::one, {}, {}};
    rule.roles = read_roles(role, &rule.takes);
    add_options(split_words(names.str(), ", "), rule, row);
  }
}

void RowReader::add_options(const std::vector<std::string>& names, const OptionRule& rule,
                            CommandRow& row) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    row.options.emplace_back(names[i], rule).second.first_name = names[0];
    if (i == 0) continue;
    // The default belongs to the option, not to each of its names.
    for (Role& role : row.options.back().second.roles) role.defaults.clear();
  }
}

std::vector<Role> RowReader::read_roles(const toml::node& value, OptionRule::Takes* takes) {
  if (!value.is_array()) return {read_role(value, takes)};
  std::vector<Role> roles;
  for (const toml::node& item : *value.as_array()) roles.push_back(read_role(item, takes));
  return roles;
}

Role RowReader::read_role(const toml::node& value, OptionRule::Takes* takes) {
  Role role;
  if (!value.is_table()) {
    fail(value, "a role is expected here, such as { reads = \"{}\" }");
    return role;
  }
  for (const auto& [name, setting] : *value.as_table()) {
    const std::string_view key = name.str();
    if (read_use(key, setting, role)) continue;
    if (key == "default") {
      role.defaults = texts(setting);
    } else if (key == "barrier_when") {
      role.barrier_when = texts(setting);
    } else if (key == "barrier_unless") {
      role.barrier_unless = text(setting);
    } else if (key == "only_if") {
      role.only_if = text(setting);
    } else if (key == "data_set_names") {
      role.data_set_names = yes(setting);
    } else if (key == "maybe") {
      role.maybe = yes(setting);
    } else if (key == "temporaries") {
      role.temporaries = read_temporaries(setting);
    } else if (key == "many" && takes != nullptr) {
      if (yes(setting)) *takes = OptionRule::Takes::many;
    } else {
      fail(setting, fmt::format("a role has no key '{}'", key));
    }
  }
  return role;
}

bool RowReader::read_use(std::string_view key, const toml::node& value, Role& role) {
  struct UseKey {
    std::string_view key;
    AccessMode mode;
    bool into;
  };
  constexpr std::array<UseKey, 7> kKeys = {{{"reads", AccessMode::read, false},
                                            {"writes", AccessMode::write, false},
                                            {"appends", AccessMode::append, false},
                                            {"removes", AccessMode::remove, false},
                                            {"makes", AccessMode::make, false},
                                            {"ensures", AccessMode::ensure, false},
                                            {"copies_into", AccessMode::write, true}}};
  const auto* use =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const UseKey& k) { return k.key == key; });
  if (use == kKeys.end()) return false;
  for (const std::string& path : texts(value)) {
    auto parsed = PathTemplate::parse(path);
    if (!parsed) {
      fail(value, fmt::format("'{}' has an unknown name in braces", path));
      continue;
    }
    role.uses.push_back({use->mode, std::move(*parsed), use->into});
  }
  return true;
}

std::uint8_t RowReader::read_temporaries(const toml::node& value) {
  TemporariesRule rule{texts(value)};
  auto found = std::find(temporaries_.begin(), temporaries_.end(), rule);
  if (found == temporaries_.end()) {
    if (temporaries_.size() == 254) {
      fail(value, "more than 254 different lists of temporaries");
      return 0;
    }
    found = temporaries_.insert(temporaries_.end(), std::move(rule));
  }
  return static_cast<std::uint8_t>(found - temporaries_.begin() + 1);
}

}  // namespace

Expected<std::vector<CommandRow>> read_command_rows(std::string_view toml, std::string_view place,
                                                    std::vector<TemporariesRule>& temporaries) {
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return input_error(fmt::format("{}:{}", place, error.source().begin.line),
                       std::string(error.description()), "docs/commands.md describes the format");
  }
  return RowReader(place, temporaries).read(parsed.table());
}

}  // namespace shoal
