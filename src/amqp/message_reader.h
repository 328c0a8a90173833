#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// Reads the members of a JSON object, and remembers the first that is missing
/// or cannot be read; after that, what it returns means nothing. The object
/// must outlive it.
class MessageReader {
 public:
  /// `object` need not be one: then every member is missing.
  explicit MessageReader(const nlohmann::json& object, std::string where = {});

  // A member that must be there.
  std::string text(const char* key);
  std::uint64_t integer(const char* key, std::uint64_t smallest, std::uint64_t largest);
  std::int64_t signed_integer(const char* key);
  double positive_number(const char* key);  // above 0; may be whole
  RunId run(const char* key);
  CommandId command(const char* key);
  AttemptNumber attempt(const char* key);
  WallTime time(const char* key);
  Duration duration(const char* key);
  const nlohmann::json& list(const char* key);  // an array

  // One that has a default.
  bool has(const char* key) const;
  std::string text_or_empty(const char* key);
  bool flag(const char* key);
  Duration duration_or_zero(const char* key);
  std::vector<std::string> texts(const char* key);
  const nlohmann::json& list_or_empty(const char* key);

  // Elements of lists.
  std::string text_of(const nlohmann::json& value, const char* key);
  std::int64_t signed_of(const nlohmann::json& value, const char* key);
  std::uint64_t integer_of(const nlohmann::json& value, const char* key, std::uint64_t smallest,
                           std::uint64_t largest);

  void complain(const char* key);
  /// Takes over the complaint of the reader of a member.
  void take_complaint(const MessageReader& inner);
  bool is_content() const { return complaint_.empty(); }
  Error error() const;

 private:
  const nlohmann::json& member(const char* key);
  const nlohmann::json& object_;
  std::string where_;      // "attempts[2]."
  std::string complaint_;  // the path of a member
};

}  // namespace shoal
