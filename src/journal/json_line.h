#pragma once

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace shoal {

/// A JSON object of one line, taken apart without a tree: a journal of a
/// million commands has two million lines. Scalars and lists of scalars are
/// kept under their key, lists of lists as rows; what lies deeper, and objects
/// inside the object, no version of the format has, and they are passed over.
///
/// Lines in shoal's own spelling (no spaces, no escapes, ASCII) are read without
/// a copy; all others go through the JSON library.
class JsonLine {
 public:
  enum class Kind : std::uint8_t { integer, real, text, other };
  struct Value {
    Kind kind = Kind::other;
    std::uint32_t row = 0;  // of a list of lists
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text;
  };

  JsonLine() = default;
  JsonLine(const JsonLine&) = delete;  // values point into it
  JsonLine& operator=(const JsonLine&) = delete;
  JsonLine(JsonLine&&) = default;
  JsonLine& operator=(JsonLine&&) = default;

  /// The result points into `line`. Error: the line is not a JSON object.
  static Expected<JsonLine> parse(std::string_view line);

  /// The values under a key; empty when the key is absent.
  struct Range {
    const Value* begin_ = nullptr;
    const Value* end_ = nullptr;
    const Value* begin() const { return begin_; }
    const Value* end() const { return end_; }
    std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
    const Value& operator[](std::size_t i) const { return begin_[i]; }
  };
  Range operator[](std::string_view key) const;

 private:
  friend class JsonLineBuilder;
  friend class PlainLineReader;
  struct Field {
    std::string_view key;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  void begin_field(std::string_view key);
  void add(const Value& value);

  std::vector<Field> fields_;
  std::vector<Value> values_;
  std::forward_list<std::string> texts_;  // that are spelled otherwise in the line
};

}  // namespace shoal
