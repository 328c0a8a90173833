#include "plan/command_table.h"

#include <cassert>
#include <deque>
#include <functional>
#include <unordered_map>
#include <utility>

#include "plan/table_toml.h"

namespace shoal {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

std::string_view without_version(std::string_view program) {
  const std::size_t end = program.find_last_not_of("0123456789.");
  return end == std::string_view::npos ? program : program.substr(0, end + 1);
}

}  // namespace

struct CommandTable::Impl {
  std::deque<CommandRow> rows;  // never move
  std::unordered_map<std::string, std::vector<const CommandRow*>, TextHash, std::equal_to<>>
      by_program;
  std::vector<TemporariesRule> temporaries;
};

CommandTable::CommandTable() : impl_(std::make_unique<Impl>()) {}
CommandTable::CommandTable(CommandTable&&) noexcept = default;
CommandTable& CommandTable::operator=(CommandTable&&) noexcept = default;
CommandTable::~CommandTable() = default;

CommandTable CommandTable::built_in() {
  CommandTable table;
  [[maybe_unused]] const auto added = table.add_toml(built_in_commands(), "commands.toml");
  assert(added.has_value());
  for (CommandRow& row : table.impl_->rows) row.built_in = true;
  return table;
}

Expected<void> CommandTable::add_toml(std::string_view toml, std::string_view place) {
  std::vector<TemporariesRule> temporaries = impl_->temporaries;
  auto rows = read_command_rows(toml, place, temporaries);
  if (!rows) return tl::unexpected(rows.error());
  impl_->temporaries = std::move(temporaries);
  // Before the older rows, and among themselves in the order of the file.
  std::unordered_map<std::string_view, std::ptrdiff_t> added;
  for (CommandRow& row : *rows) {
    const CommandRow& kept = impl_->rows.emplace_back(std::move(row));
    for (const std::string& program : kept.programs) {
      auto& of_program = impl_->by_program[program];
      of_program.insert(of_program.begin() + added[program]++, &kept);
    }
  }
  return {};
}

const std::vector<const CommandRow*>& CommandTable::rows_of(std::string_view program) const {
  static const std::vector<const CommandRow*> kNone;
  auto found = impl_->by_program.find(program);
  if (found == impl_->by_program.end()) found = impl_->by_program.find(without_version(program));
  return found == impl_->by_program.end() ? kNone : found->second;
}

const std::vector<TemporariesRule>& CommandTable::temporaries() const { return impl_->temporaries; }

}  // namespace shoal
