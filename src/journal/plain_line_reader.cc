#include "journal/plain_line_reader.h"

#include <array>
#include <limits>

namespace shoal {
namespace {

constexpr std::uint32_t kDeepest = 2;  // a list of lists

// Numbers of so many digits fit into 64 bits without a sign. A whole number of
// so many digits is exact as a double, and so is the power of ten by which it is
// divided: then the quotient is the double that is nearest to the decimal, as
// strtod(3) gives it.
constexpr int kMostDigits = 19;
constexpr int kMostExactDigits = 15;
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

constexpr std::array<double, kMostExactDigits + 1> kPowersOfTen{
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Stands for itself in a JSON string, and needs no look at its neighbours.
bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

bool PlainLineReader::read() {
  if (!skip('{')) return false;
  do {
    std::string_view key;
    if (!read_text(key) || !skip(':')) return false;
    line_.begin_field(key);
    row_ = 0;
    if (!read_value(0)) return false;
  } while (skip(','));
  return skip('}') && at_ == end_;
}

bool PlainLineReader::skip(char wanted) {
  if (at_ == end_ || *at_ != wanted) return false;
  ++at_;
  return true;
}

bool PlainLineReader::read_value(std::uint32_t depth) {
  if (at_ == end_) return false;
  if (*at_ == '[') return depth < kDeepest && read_list(depth + 1);
  if (*at_ != '"') return read_number();
  std::string_view text;
  if (!read_text(text)) return false;
  line_.add({JsonLine::Kind::text, row_, 0, 0, text});
  return true;
}

bool PlainLineReader::read_list(std::uint32_t depth) {
  ++at_;
  if (skip(']')) return false;  // shoal leaves empty lists out
  do {
    if (!read_value(depth)) return false;
  } while (skip(','));
  if (depth == kDeepest) ++row_;
  return skip(']');
}

bool PlainLineReader::read_text(std::string_view& text) {
  if (!skip('"')) return false;
  const char* const begin = at_;
  while (at_ != end_ && is_plain(*at_)) ++at_;
  text = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
  return skip('"');
}

/// The digits of a number, one after another.
int PlainLineReader::read_digits(std::uint64_t& value) {
  const char* const begin = at_;
  for (; at_ != end_ && is_digit(*at_) && at_ - begin <= kMostDigits; ++at_) {
    value = value * 10 + static_cast<std::uint64_t>(*at_ - '0');
  }
  return static_cast<int>(at_ - begin);
}

bool PlainLineReader::read_number() {
  const bool negative = skip('-');
  const bool leads_with_zero = at_ != end_ && *at_ == '0';
  std::uint64_t value = 0;
  const int whole = read_digits(value);
  if (whole == 0 || whole > kMostDigits || (leads_with_zero && whole > 1)) return false;
  if (!skip('.')) {
    if (value > kLargest) return false;
    const auto magnitude = static_cast<std::int64_t>(value);
    const std::int64_t integer = negative ? -magnitude : magnitude;
    line_.add({JsonLine::Kind::integer, row_, integer, static_cast<double>(integer), {}});
    return true;
  }
  const int behind_the_point = read_digits(value);
  if (behind_the_point == 0 || whole + behind_the_point > kMostExactDigits) return false;
  const double real =
      static_cast<double>(value) / kPowersOfTen[static_cast<std::size_t>(behind_the_point)];
  line_.add({JsonLine::Kind::real, row_, 0, negative ? -real : real, {}});
  return true;
}

}  // namespace shoal
