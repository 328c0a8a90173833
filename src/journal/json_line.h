#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace shoal {

/// A JSON object of one line, taken apart without a tree: a journal of a
/// million commands has two million lines. Scalars and lists of scalars are
/// kept under their key, lists of lists as rows; what lies deeper, and objects
/// inside the object, no version of the format has, and they are passed over.
class JsonLine {
 public:
  enum class Kind : std::uint8_t { integer, real, text, other };
  struct Value {
    Kind kind = Kind::other;
    std::uint32_t row = 0;  // of a list of lists
    std::int64_t integer = 0;
    double real = 0;
    std::string text;
  };

  /// Error: the line is not a JSON object.
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
  struct Field {
    std::string key;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  std::vector<Field> fields_;
  std::vector<Value> values_;
};

}  // namespace shoal
