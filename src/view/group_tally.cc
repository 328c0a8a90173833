#include "view/group_tally.h"

#include <unordered_map>
#include <utility>

namespace shoal {
namespace {

constexpr std::uint32_t kNoGroup = UINT32_MAX;

bool has_ended(CommandState state) {
  return is_terminal(state) && state != CommandState::not_reached;
}

}  // namespace

GroupTally::GroupTally(std::uint32_t command_count,
                       const std::function<std::string(CommandId)>& group) {
  std::unordered_map<std::string, std::uint32_t> index_of;
  group_index_.assign(command_count, kNoGroup);
  states_.assign(command_count, CommandState::waiting);
  std::uint32_t last = kNoGroup;  // commands of a data set mostly stand together
  for (std::uint32_t i = 0; i < command_count; ++i) {
    std::string name = group(CommandId{i + 1});
    if (name.empty()) continue;
    if (last == kNoGroup || groups_[last].name != name) {
      const auto next = static_cast<std::uint32_t>(groups_.size());
      const auto [at, is_new] = index_of.emplace(name, next);
      if (is_new) {
        groups_.emplace_back();
        groups_.back().name = std::move(name);
      }
      last = at->second;
    }
    group_index_[i] = last;
    ++groups_[last].total;
  }
}

void GroupTally::start(CommandId command) {
  if (GroupProgress* const group = group_of(command)) ++group->running;
}

void GroupTally::stop(CommandId command) {
  if (GroupProgress* const group = group_of(command)) --group->running;
}

void GroupTally::settle(CommandId command, CommandState state) {
  GroupProgress* const group = group_of(command);
  if (group == nullptr) return;
  CommandState& known = states_[number(command) - 1];
  if (known == CommandState::done) --group->done;
  if (has_ended(known)) --group->ended;
  known = state;
  if (known == CommandState::done) ++group->done;
  if (has_ended(known)) ++group->ended;
}

GroupProgress* GroupTally::group_of(CommandId command) {
  const std::uint32_t at = number(command) - 1;
  if (at >= group_index_.size() || group_index_[at] == kNoGroup) return nullptr;
  return &groups_[group_index_[at]];
}

}  // namespace shoal
