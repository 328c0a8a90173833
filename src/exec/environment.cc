#include "exec/environment.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

}  // namespace

Environments::Environments(const char* const* inherited, std::string_view working_directory) {
  for (; *inherited != nullptr; ++inherited) {
    if (name_of(*inherited) != "PWD") inherited_.emplace_back(*inherited);
  }
  inherited_.push_back("PWD=" + std::string(working_directory));
  for (const std::string_view name : kThreadPoolVariables) {
    const bool set_by_user =
        std::any_of(inherited_.begin(), inherited_.end(),
                    [name](const std::string& variable) { return name_of(variable) == name; });
    if (!set_by_user) ours_.push_back(name);
  }
}

char* const* Environments::with_threads(unsigned threads) {
  const auto [at, is_new] = variants_.try_emplace(threads);
  Variant& variant = at->second;
  if (is_new) {
    if (threads > 0) {
      for (const std::string_view name : ours_) {
        variant.own.push_back(std::string(name) + "=" + std::to_string(threads));
      }
    }
    for (std::string& variable : inherited_) variant.pointers.push_back(variable.data());
    for (std::string& variable : variant.own) variant.pointers.push_back(variable.data());
    variant.pointers.push_back(nullptr);
  }
  return variant.pointers.data();
}

std::string_view Environments::value(std::string_view name) const {
  for (const std::string& variable : inherited_) {
    if (name_of(variable) == name && variable.size() > name.size()) {
      return std::string_view(variable).substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace shoal
