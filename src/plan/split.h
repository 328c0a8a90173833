#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plan/plan.h"

namespace shoal {

/// A jobs file in three, for those who run it by other means: the first and
/// the third part are for bash, the second holds a line for each of its
/// commands, to be run in any order and any number at once. One part after the
/// other, they leave what the whole file would have left.
struct JobsParts {
  std::array<std::string, 3> texts;
  std::array<std::uint32_t, 3> commands{};
  /// The line from which on all is in the third part, because its effect on the
  /// shell cannot be taken into another one, or because a failure would end the
  /// file there (`set -e`).
  std::optional<std::uint32_t> serial_from_line;
};

/// Splits by the stages of an automatic plan (see stages_of). Lines that only
/// change the shell are written into every command that they matter to.
/// `interpreter`: as JobsText::interpreter().
JobsParts split_jobs(const Plan& plan, std::string_view interpreter);

}  // namespace shoal
