#include "job/directives.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "base/text.h"

namespace shoal {
namespace {

constexpr std::string_view kKnown =
    "Known are barrier, after=3,4, mem=8G, cpus=2, timeout=1h and retries=2";

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool read_after(std::string_view text, std::vector<CommandId>& into) {
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto id = whole_number<std::uint32_t>(text.substr(0, comma));
    if (!id || *id == 0) return false;
    into.push_back(CommandId{*id});
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

/// Whether `key=value` could be read.
bool read_value(std::string_view key, std::string_view value, Directives& into) {
  if (key == "after") return read_after(value, into.after);
  if (key == "mem") {
    into.memory = parse_bytes(value);
    return into.memory.has_value() && *into.memory > 0;
  }
  if (key == "cpus") {
    into.cpus = whole_number<double>(value);
    return into.cpus && std::isfinite(*into.cpus) && *into.cpus > 0;
  }
  if (key == "timeout") {
    into.timeout = parse_duration(value);
    return into.timeout.has_value() && *into.timeout > Duration(0);
  }
  into.retries = whole_number<std::uint32_t>(value);
  return into.retries.has_value();
}

std::string_view example(std::string_view key) {
  if (key == "after") return "Give numbers of commands, as in after=3,4";
  if (key == "mem") return "Give a size, as in mem=8G or mem=512M";
  if (key == "cpus") return "Give a number above 0, as in cpus=2 or cpus=0.5";
  if (key == "timeout") return "Give a time, as in timeout=90s, timeout=30m or timeout=1h30m";
  return "Give a whole number, as in retries=2";
}

bool is_known(std::string_view key) {
  return key == "after" || key == "mem" || key == "cpus" || key == "timeout" || key == "retries";
}

Expected<void> read_one(std::string_view item, std::string_view place, Directives& into) {
  if (item == "barrier") {
    into.barrier = true;
    return {};
  }
  const std::size_t equals = std::min(item.find('='), item.size());
  const std::string_view key = item.substr(0, equals);
  if (!is_known(key)) {
    return input_error(std::string(place), "no such directive '" + one_line(item, 60) + "'",
                       std::string(kKnown));
  }
  const std::string_view value = item.substr(std::min(equals + 1, item.size()));
  if (equals == item.size() || !read_value(key, value, into)) {
    return input_error(std::string(place),
                       "the directive '" + one_line(item, 60) + "' cannot be read",
                       std::string(example(key)));
  }
  return {};
}

}  // namespace

Expected<void> read_directives(std::string_view text, std::string_view place, Directives& into) {
  constexpr std::string_view kSpace = " \t\r\n";
  bool any = false;
  while (true) {
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(kSpace), text.size());
    if (auto read = read_one(text.substr(0, end), place, into); !read) return read;
    any = true;
    text.remove_prefix(end);
  }
  if (!any)
    return input_error(std::string(place), "a directive that says nothing", std::string(kKnown));
  return {};
}

}  // namespace shoal
