#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

/// All bytes of a file, also of one in /proc or /sys, whose size the system
/// does not tell. nullopt when it cannot be read.
std::optional<std::string> read_small_file(const std::string& path);

/// The number behind `name` in a text whose lines begin with a name and a
/// number, as many files in /proc and /sys/fs/cgroup do. nullopt: it has none.
std::optional<std::uint64_t> number_behind(std::string_view name, std::string_view text);

}  // namespace shoal
