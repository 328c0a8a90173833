#include "sched/attempt.h"

#include <array>

namespace shoal {
namespace {

struct EndClassName {
  EndClass end;
  std::string_view text;  // in journals: never change one
};

constexpr std::array<EndClassName, 11> kNames{{
    {EndClass::ok, "ok"},
    {EndClass::failed, "failed"},
    {EndClass::timed_out, "timed_out"},
    {EndClass::killed, "killed"},
    {EndClass::out_of_memory, "out_of_memory"},
    {EndClass::lost, "lost"},
    {EndClass::output_missing, "output_missing"},
    {EndClass::input_missing, "input_missing"},
    {EndClass::cancelled, "cancelled"},
    {EndClass::ended_shell, "ended_shell"},
    {EndClass::upload_failed, "upload_failed"},
}};

constexpr bool names_follow_the_enumeration() {
  for (std::size_t at = 0; at < kNames.size(); ++at) {
    if (static_cast<std::size_t>(kNames[at].end) != at) return false;
  }
  return true;
}
static_assert(names_follow_the_enumeration());

}  // namespace

std::string_view end_class_text(EndClass end) { return kNames[static_cast<std::size_t>(end)].text; }

std::optional<EndClass> parse_end_class(std::string_view text) {
  for (const EndClassName& name : kNames) {
    if (name.text == text) return name.end;
  }
  return std::nullopt;
}

}  // namespace shoal
