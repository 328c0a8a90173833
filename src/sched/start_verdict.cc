#include "sched/start_verdict.h"

#include <array>
#include <utility>

namespace shoal {
namespace {

constexpr auto kTexts =
    std::to_array<std::pair<StartVerdict, std::string_view>>({{StartVerdict::equal, "equal"},
                                                              {StartVerdict::differs, "differs"},
                                                              {StartVerdict::unknown, "unknown"}});

}  // namespace

std::string_view start_verdict_text(StartVerdict verdict) {
  return kTexts[static_cast<std::size_t>(verdict)].second;
}

std::optional<StartVerdict> parse_start_verdict(std::string_view text) {
  for (const auto& [verdict, word] : kTexts) {
    if (word == text) return verdict;
  }
  return std::nullopt;
}

}  // namespace shoal
