#include "journal/state_words.h"

#include <array>
#include <utility>

namespace shoal {
namespace {

constexpr std::array<std::pair<CommandState, std::string_view>, 8> kWords{{
    {CommandState::waiting, "waiting"},
    {CommandState::ready, "ready"},
    {CommandState::running, "running"},
    {CommandState::done, "done"},
    {CommandState::failed, "failed"},
    {CommandState::skipped, "skipped"},
    {CommandState::held, "held"},
    {CommandState::not_reached, "not_reached"},
}};

}  // namespace

std::string_view command_state_word(CommandState state) {
  return kWords[static_cast<std::size_t>(state)].second;
}

std::optional<CommandState> parse_command_state(std::string_view word) {
  for (const auto& [state, name] : kWords) {
    if (name == word) return state;
  }
  return std::nullopt;
}

}  // namespace shoal
