#include "amqp/message_reader.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;

constexpr auto kLargest32 = std::numeric_limits<std::uint32_t>::max();

const json& nothing() {
  static const json value;
  return value;
}

const json& no_elements() {
  static const json value = json::array();
  return value;
}

}  // namespace

MessageReader::MessageReader(const json& object, std::string where)
    : object_(object), where_(std::move(where)) {}

bool MessageReader::has(const char* key) const {
  return object_.is_object() && object_.contains(key);
}

const json& MessageReader::member(const char* key) { return has(key) ? object_[key] : nothing(); }

std::string MessageReader::text(const char* key) { return text_of(member(key), key); }

std::uint64_t MessageReader::integer(const char* key, std::uint64_t smallest,
                                     std::uint64_t largest) {
  return integer_of(member(key), key, smallest, largest);
}

std::int64_t MessageReader::signed_integer(const char* key) { return signed_of(member(key), key); }

double MessageReader::positive_number(const char* key) {
  const json& value = member(key);
  const double number = value.is_number() ? value.get<double>() : 0;
  if (number <= 0) complain(key);
  return number;
}

RunId MessageReader::run(const char* key) {
  std::string name = text(key);
  if (!RunId::is_valid(name)) complain(key);
  return RunId(std::move(name));
}

CommandId MessageReader::command(const char* key) {
  return CommandId{static_cast<std::uint32_t>(integer(key, 1, kLargest32))};
}

AttemptNumber MessageReader::attempt(const char* key) {
  return AttemptNumber{static_cast<std::uint32_t>(integer(key, 1, kLargest32))};
}

WallTime MessageReader::time(const char* key) { return WallTime(Duration(signed_integer(key))); }

Duration MessageReader::duration(const char* key) { return Duration(signed_integer(key)); }

const json& MessageReader::list(const char* key) {
  const json& value = member(key);
  if (value.is_array()) return value;
  complain(key);
  return no_elements();
}

std::string MessageReader::text_or_empty(const char* key) {
  return has(key) ? text(key) : std::string();
}

bool MessageReader::flag(const char* key) {
  if (!has(key)) return false;
  const json& value = member(key);
  if (!value.is_boolean()) {
    complain(key);
    return false;
  }
  return value.get<bool>();
}

Duration MessageReader::duration_or_zero(const char* key) {
  return has(key) ? duration(key) : Duration{0};
}

std::vector<std::string> MessageReader::texts(const char* key) {
  std::vector<std::string> all;
  for (const json& value : list_or_empty(key)) all.push_back(text_of(value, key));
  return all;
}

const json& MessageReader::list_or_empty(const char* key) {
  return has(key) ? list(key) : no_elements();
}

std::string MessageReader::text_of(const json& value, const char* key) {
  if (!value.is_string()) {
    complain(key);
    return {};
  }
  return original_bytes(value.get_ref<const std::string&>());
}

std::int64_t MessageReader::signed_of(const json& value, const char* key) {
  const bool fits = value.is_number_unsigned()
                        ? std::in_range<std::int64_t>(value.get<std::uint64_t>())
                        : value.is_number_integer();
  if (!fits) {
    complain(key);
    return 0;
  }
  return value.get<std::int64_t>();
}

std::uint64_t MessageReader::integer_of(const json& value, const char* key, std::uint64_t smallest,
                                        std::uint64_t largest) {
  // A number that is not negative is an unsigned one for the parser.
  const std::uint64_t number = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
  if (!value.is_number_unsigned() || number < smallest || number > largest) complain(key);
  return number;
}

void MessageReader::complain(const char* key) {
  if (complaint_.empty()) complaint_ = where_ + key;
}

void MessageReader::take_complaint(const MessageReader& inner) {
  if (complaint_.empty()) complaint_ = inner.complaint_;
}

Error MessageReader::error() const {
  return {ErrorKind::infrastructure,
          {},
          fmt::format("the message's member \"{}\" is missing or cannot be read", complaint_),
          {}};
}

}  // namespace shoal
