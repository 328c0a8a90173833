#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/time.h"

namespace shoal {

/// A point on the calendar in the time zone of the person who looks.
using LocalTime = std::chrono::local_time<Duration>;

/// "12:03:05".
std::string time_of_day(LocalTime time);
/// "2025-11-24 12:03".
std::string date_and_minute(LocalTime time);

/// For a duration that is still growing: whole seconds, so that a display
/// changes at most once a second. "0 s", "59 s", "3 min 5 s", "2 h 10 min".
std::string elapsed_text(Duration elapsed);

/// An estimate, no more exact than an estimate can be: "left about 40 s",
/// "left about 2 h 10 min", "left: a few seconds", "left: not known yet".
std::string left_text(std::optional<Duration> left);

}  // namespace shoal
