#pragma once

#include <cstdint>
#include <string_view>

#include "journal/json_line.h"

namespace shoal {

/// Reads lines in the spelling that shoal writes itself: an object without
/// spaces, whose values are ASCII strings without escapes, numbers without
/// exponent, and lists of those or of lists of those. It copies nothing, and
/// takes a tenth of the time of a reader of all JSON.
class PlainLineReader {
 public:
  PlainLineReader(std::string_view text, JsonLine& line)
      : at_(text.data()), end_(text.data() + text.size()), line_(line) {}

  /// False: the line has another spelling, or is no JSON. What `line` got until
  /// then is of no use.
  bool read();

 private:
  bool skip(char wanted);
  bool read_value(std::uint32_t depth);
  bool read_list(std::uint32_t depth);
  bool read_text(std::string_view& text);
  int read_digits(std::uint64_t& value);
  bool read_number();

  const char* at_;
  const char* end_;
  JsonLine& line_;
  std::uint32_t row_ = 0;
};

}  // namespace shoal
