#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

namespace shoal {
namespace {

bool is_safe_in_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./,:+@%^=").find(c) != std::string_view::npos;
}

/// The length of the valid UTF-8 sequence at the front of `text`; 0 when the
/// first byte does not begin one (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char second_low = 0x80;
  unsigned char second_high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) second_low = 0xA0;
    if (first == 0xED) second_high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) second_low = 0x90;
    if (first == 0xF4) second_high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length || byte(1) < second_low || byte(1) > second_high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

/// Reads a decimal number at the front of `text` and removes it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_safe_in_a_word)) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string human_duration(Duration duration) {
  const double total = seconds(duration);
  if (total < 10) return fmt::format("{:.1f} s", total);
  const auto whole = static_cast<std::int64_t>(std::llround(total));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0 || value >= 100 || value == std::floor(value)) {
    return fmt::format("{:.0f} {}", value, kUnits[unit]);
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const auto value = take_number(text);
  if (!value) return std::nullopt;
  constexpr std::string_view kSuffixes = "KMGTP";
  double factor = 1;
  if (!text.empty() && text.front() != 'B') {
    const char letter = static_cast<char>(text.front() & ~0x20);
    const auto at = kSuffixes.find(letter);
    if (at == std::string_view::npos) return std::nullopt;
    factor = std::pow(1024.0, static_cast<double>(at + 1));
    text.remove_prefix(1);
    if (text.starts_with('i')) text.remove_prefix(1);
  }
  if (!text.empty() && text != "B") return std::nullopt;
  const double bytes = *value * factor;
  if (bytes > 9e18) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto value = take_number(text);
    if (!value) return std::nullopt;
    double factor = 1;
    if (text.starts_with("ms")) {
      factor = 0.001;
      text.remove_prefix(2);
    } else if (!text.empty()) {
      switch (text.front()) {
        case 's':
          factor = 1;
          break;
        case 'm':
          factor = 60;
          break;
        case 'h':
          factor = 3600;
          break;
        case 'd':
          factor = 86400;
          break;
        default:
          return std::nullopt;
      }
      text.remove_prefix(1);
    }
    total += *value * factor;
  }
  if (total > 1e11) return std::nullopt;
  return Duration(static_cast<Duration::rep>(std::llround(total * 1e6)));
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) {
      valid += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      valid += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

std::string escaped_bytes(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0 || text.front() == '\0') {
      escaped += '\0';
      fmt::format_to(std::back_inserter(escaped), "{:02x}",
                     static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else {
      escaped += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return escaped;
}

std::string original_bytes(std::string_view escaped) {
  std::string bytes;
  bytes.reserve(escaped.size());
  for (std::size_t at = 0; at < escaped.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = escaped.data() + at + 1;
    if (escaped[at] == '\0' && at + 2 < escaped.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      bytes += static_cast<char>(byte);
      at += 2;
    } else {
      bytes += escaped[at];
    }
  }
  return bytes;
}

std::string one_line(std::string_view text, std::size_t columns) {
  constexpr std::string_view kEllipsis = "…";
  std::string line = valid_utf8(text.substr(0, columns + 4));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  if (text.size() <= columns) return line;
  std::size_t cut = std::min(columns > 0 ? columns - 1 : 0, line.size());
  while (cut > 0 && cut < line.size() && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) {
    --cut;
  }
  line.resize(cut);
  return line.append(kEllipsis);
}

std::uint64_t hash64(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = seed;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

}  // namespace shoal
