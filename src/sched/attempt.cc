#include "sched/attempt.h"

#include <array>

namespace shoal {
namespace {

struct EndClassName {
  EndClass end;
  std::string_view text;   // in journals: never change one
  std::string_view words;  // for people
};

constexpr std::array<EndClassName, 10> kNames{{
    {EndClass::ok, "ok", "ok"},
    {EndClass::failed, "failed", "failed"},
    {EndClass::timed_out, "timed_out", "timed out"},
    {EndClass::killed, "killed", "killed"},
    {EndClass::out_of_memory, "out_of_memory", "out of memory"},
    {EndClass::lost, "lost", "lost"},
    {EndClass::output_missing, "output_missing", "output missing"},
    {EndClass::input_missing, "input_missing", "input missing"},
    {EndClass::cancelled, "cancelled", "cancelled"},
    {EndClass::ended_shell, "ended_shell", "ended the shell"},
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

std::string_view end_class_words(EndClass end) {
  return kNames[static_cast<std::size_t>(end)].words;
}

std::optional<EndClass> parse_end_class(std::string_view text) {
  for (const EndClassName& name : kNames) {
    if (name.text == text) return name.end;
  }
  return std::nullopt;
}

}  // namespace shoal
