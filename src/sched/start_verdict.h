#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace shoal {

/// What is known of a kind of commands after one of them was started cold and
/// warm in scratch copies of its files (docs/warm-start.md).
enum class StartVerdict : std::uint8_t {
  equal,    // both ways leave the same: the kind may start warm
  differs,  // they do not: it starts cold
  unknown,  // it could not be found out: it starts cold
};

/// The word for it in journals: "differs". Never changes.
std::string_view start_verdict_text(StartVerdict verdict);
std::optional<StartVerdict> parse_start_verdict(std::string_view text);

// What is compared, beside "files/PATH" for each file.
inline constexpr std::string_view kTrialOutput = "output";  // what the command printed
inline constexpr std::string_view kTrialEnd = "end";        // how it ended
inline constexpr std::string_view kTrialFiles = "files";

struct VerifiedStart {
  CommandId command{};  // that was tried
  StartVerdict verdict = StartVerdict::unknown;
  std::vector<std::string> differing;  // that differ between cold and warm
  std::vector<std::string> unsteady;   // that differ from one cold start to the next, and so say
                                       // nothing
  int exit_code = 0;                   // of the cold start
  std::string why;                     // of an unknown one: the rest of a sentence "because ..."
  friend bool operator==(const VerifiedStart&, const VerifiedStart&) = default;
};

}  // namespace shoal
