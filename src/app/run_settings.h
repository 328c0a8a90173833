#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "amqp/broker_address.h"
#include "app/options.h"
#include "app/upload_choice.h"
#include "base/error.h"
#include "base/time.h"

namespace shoal {

/// What the command line of `shoal run` says, checked.
struct RunSettings {
  std::uint32_t slots = 1;
  std::uint64_t memory = 0;  // bytes
  Duration timeout{0};
  Duration grace{0};
  bool limit_threads = true;
  bool warm = false;
  bool verify_warm = false;
  std::optional<BrokerAddress> broker;
  Duration lease_death{0};
  std::optional<UploadChoice> uploads;  // nullopt: nothing
};

Expected<RunSettings> check(const RunOptions& options);

/// The value of an option such as "90s"; empty: `fallback`.
Expected<Duration> read_time(const char* option, const std::string& text, Duration fallback);

/// The value of --warm: whether Python commands may start warm.
Expected<bool> read_warm(const std::string& text);

/// The value of an option such as "16G"; empty: nine tenths of what this
/// machine or cgroup has. A tenth stays for the page cache and for what was not
/// foreseen.
Expected<std::uint64_t> read_memory(const std::string& text);

}  // namespace shoal
