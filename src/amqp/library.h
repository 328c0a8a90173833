#pragma once

#include <amqp.h>
#include <amqp_framing.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "amqp/broker_error.h"
#include "base/time.h"

// Small helpers around librabbitmq, for connection*.cc alone: they are the
// only sources that know the library.

namespace shoal {

/// A view: the text must outlive the call.
inline amqp_bytes_t bytes_of(std::string_view text) {
  // The library has no const bytes; it does not write to them.
  return {text.size(), const_cast<char*>(text.data())};
}

inline std::string string_of(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? std::string()
                        : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

inline timeval timeval_of(Duration duration) {
  const auto count = duration.count() < 0 ? 0 : duration.count();
  return {static_cast<time_t>(count / 1'000'000), static_cast<suseconds_t>(count % 1'000'000)};
}

// Entries of tables; they view their key and their text.
inline amqp_table_entry_t make_entry(std::string_view key, bool value) {
  amqp_table_entry_t entry{};
  entry.key = bytes_of(key);
  entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  entry.value.value.boolean = value ? 1 : 0;
  return entry;
}
inline amqp_table_entry_t make_entry(std::string_view key, std::int64_t value) {
  amqp_table_entry_t entry{};
  entry.key = bytes_of(key);
  entry.value.kind = AMQP_FIELD_KIND_I64;
  entry.value.value.i64 = value;
  return entry;
}
inline amqp_table_entry_t make_entry(std::string_view key, const std::string& value) {
  amqp_table_entry_t entry{};
  entry.key = bytes_of(key);
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = bytes_of(value);
  return entry;
}
inline amqp_table_entry_t make_entry(std::string_view key, const amqp_table_t& value) {
  amqp_table_entry_t entry{};
  entry.key = bytes_of(key);
  entry.value.kind = AMQP_FIELD_KIND_TABLE;
  entry.value.value.table = value;
  return entry;
}

amqp_table_entry_t make_entry(std::string_view key, const char* value) = delete;  // not a bool

/// nullptr: the table has no such key.
inline const amqp_table_entry_t* find_entry(const amqp_table_t& table, std::string_view key) {
  for (int i = 0; i < table.num_entries; ++i) {
    if (string_of(table.entries[i].key) == key) return &table.entries[i];
  }
  return nullptr;
}

/// The error for a status (amqp_status_enum) of a connection that was open.
BrokerError error_of_status(int status, const std::string& place);

}  // namespace shoal
