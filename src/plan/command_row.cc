#include "plan/command_row.h"

#include <algorithm>
#include <array>

namespace shoal {

std::optional<PathTemplate> PathTemplate::parse(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Part>, 5> kNames = {{{"", Part::value},
                                                                        {"glob", Part::glob},
                                                                        {"stem", Part::stem},
                                                                        {"parent", Part::parent},
                                                                        {"name", Part::name}}};
  PathTemplate path;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    if (open != 0) {
      path.pieces_.push_back({Part::literal, std::string(text.substr(0, open))});
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
    }
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(1, close - 1);
    const auto* known =
        std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.first == name; });
    if (known == kNames.end()) return std::nullopt;
    path.pieces_.push_back({known->second, {}});
    text.remove_prefix(close + 1);
  }
  return path;
}

const OptionRule* CommandRow::find_option(std::string_view name) const {
  const auto at = std::lower_bound(options.begin(), options.end(), name,
                                   [](const auto& option, auto n) { return option.first < n; });
  if (at == options.end()) return nullptr;
  if (at->first == name) return &at->second;
  const bool abbreviates = name.starts_with("--") && name.size() > 2 && at->first.starts_with(name);
  if (!abbreviates) return nullptr;
  const auto other = at + 1;
  if (other != options.end() && other->first.starts_with(name)) return nullptr;
  return &at->second;
}

bool CommandRow::only_makes_folders() const {
  const auto makes = [](const Role& role) {
    return std::all_of(role.uses.begin(), role.uses.end(),
                       [](const Role::Use& use) { return makes_folder(use.mode); });
  };
  return std::all_of(arguments.begin(), arguments.end(), makes) && (!last || makes(*last)) &&
         (!rest || makes(*rest)) &&
         std::all_of(options.begin(), options.end(), [&](const auto& option) {
           return std::all_of(option.second.roles.begin(), option.second.roles.end(), makes);
         });
}

}  // namespace shoal
