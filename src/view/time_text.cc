#include "view/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace shoal {
namespace {

using std::chrono::floor;

/// The nearest multiple of `step`, at least one step.
Duration rounded(Duration duration, Duration step) {
  return std::max(step, step * ((duration + step / 2) / step));
}

std::string coarse(Duration left) {
  using namespace std::chrono_literals;
  if (left < 55s) return human_duration(std::max<Duration>(10s, rounded(left, 5s)));
  if (left < 10min) return fmt::format("{} min", rounded(left, 1min) / 1min);
  const Duration stepped = left < 10h ? rounded(left, 5min) : left < 24h ? rounded(left, 1h) : left;
  if (stepped < 1h) return fmt::format("{} min", stepped / 1min);
  if (stepped % 1h < 1min && stepped < 24h) return fmt::format("{} h", stepped / 1h);
  return human_duration(stepped);
}

}  // namespace

std::string time_of_day(LocalTime time) {
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::seconds>(time - day));
  return fmt::format("{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string date_and_minute(LocalTime time) {
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count());
}

std::string elapsed_text(Duration elapsed) {
  const auto whole = floor<std::chrono::seconds>(std::max(elapsed, Duration{0}));
  if (whole < std::chrono::seconds(10)) return fmt::format("{} s", whole.count());
  return human_duration(whole);
}

std::string left_text(std::optional<Duration> left) {
  if (!left) return "left: not known yet";
  if (*left < std::chrono::seconds(10)) return "left: a few seconds";
  return "left about " + coarse(*left);
}

}  // namespace shoal
