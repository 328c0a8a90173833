#include "journal/json_line.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "journal/plain_line_reader.h"

namespace shoal {

/// Receives nlohmann's SAX events. Depth 1 is inside the object.
class JsonLineBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonLineBuilder(JsonLine& line) : line_(line) {}
  bool is_object() const { return is_object_; }

  bool null() override { return add({}); }
  bool boolean(bool /*value*/) override { return add({}); }
  bool number_integer(number_integer_t value) override {
    return add({JsonLine::Kind::integer, 0, value, static_cast<double>(value), {}});
  }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto kLargest =
        static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    if (value > kLargest) return add({});
    return number_integer(static_cast<number_integer_t>(value));
  }
  bool number_float(number_float_t value, const string_t& /*digits*/) override {
    return add({JsonLine::Kind::real, 0, 0, value, {}});
  }
  bool string(string_t& value) override {
    return add({JsonLine::Kind::text, 0, 0, 0, kept(std::move(value))});
  }
  bool binary(binary_t& /*value*/) override { return add({}); }

  bool start_object(std::size_t /*elements*/) override {
    if (depth_ == 0) is_object_ = true;
    if (depth_ > 0) ++objects_;
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    if (depth_ > 0) --objects_;
    return true;
  }
  bool key(string_t& value) override {
    if (depth_ != 1) return true;
    line_.begin_field(kept(std::move(value)));
    row_ = 0;
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    if (depth_ == 3) ++row_;
    --depth_;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*exception*/) override {
    return false;
  }

 private:
  bool add(JsonLine::Value value) {
    if (!is_object_ || objects_ > 0 || depth_ > 3) return true;
    value.row = row_;
    line_.add(value);
    return true;
  }
  std::string_view kept(string_t&& value) { return line_.texts_.emplace_front(std::move(value)); }

  JsonLine& line_;
  bool is_object_ = false;
  std::uint32_t depth_ = 0;
  std::uint32_t objects_ = 0;  // open objects inside the line's own
  std::uint32_t row_ = 0;
};

Expected<JsonLine> JsonLine::parse(std::string_view line) {
  JsonLine parsed;
  parsed.fields_.reserve(16);
  parsed.values_.reserve(24);
  if (PlainLineReader(line, parsed).read()) return parsed;
  parsed.fields_.clear();
  parsed.values_.clear();
  JsonLineBuilder builder(parsed);
  if (!nlohmann::json::sax_parse(line.begin(), line.end(), &builder) || !builder.is_object()) {
    return input_error({}, "not a JSON object");
  }
  return parsed;
}

void JsonLine::begin_field(std::string_view key) {
  fields_.push_back({key, static_cast<std::uint32_t>(values_.size()), 0});
}

void JsonLine::add(const Value& value) {
  values_.push_back(value);
  ++fields_.back().count;
}

JsonLine::Range JsonLine::operator[](std::string_view key) const {
  for (const Field& field : fields_) {
    if (field.key == key) {
      const Value* first = values_.data() + field.first;
      return Range{first, first + field.count};
    }
  }
  return {};
}

}  // namespace shoal
