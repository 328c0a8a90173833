#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal {

/// The value of what stands inside `$((...))` when it is made only of decimal
/// integers, + - * / %, and parentheses. nullopt for everything else: octal
/// numbers, overflow and division by zero included, where shells differ.
std::optional<std::int64_t> literal_arithmetic(std::string_view expression);

}  // namespace shoal
