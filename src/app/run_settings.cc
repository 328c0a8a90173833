#include "app/run_settings.h"

#include <fmt/format.h>

#include "app/broker_choice.h"
#include "base/text.h"
#include "exec/machine.h"

namespace shoal {
namespace {

/// A worker renews its leases every ninth part of this; less would make work
/// for the shared folder, and trouble where that is slow for a moment.
constexpr Duration kShortestLease = std::chrono::seconds(5);

}  // namespace

Expected<Duration> read_time(const char* option, const std::string& text, Duration fallback) {
  if (text.empty()) return fallback;
  if (const auto duration = parse_duration(text)) return *duration;
  return input_error(option, fmt::format("'{}' is not a time", text),
                     "Write for example 90s or 2h");
}

Expected<bool> read_warm(const std::string& text) {
  if (text == "auto" || text == "off") return text == "auto";
  return input_error("--warm", fmt::format("there is no '{}'", text), "Use auto or off");
}

Expected<std::uint64_t> read_memory(const std::string& text) {
  if (text.empty()) return usable_memory() / 10 * 9;
  const auto memory = parse_bytes(text);
  if (memory && *memory > 0) return *memory;
  return input_error("--memory", fmt::format("'{}' is not a size", text), "Write for example 16G");
}

Expected<RunSettings> check(const RunOptions& options) {
  RunSettings settings;
  settings.slots = options.slots.value_or(usable_cores());
  const auto memory = read_memory(options.memory);
  if (!memory) return tl::unexpected(memory.error());
  settings.memory = *memory;
  const auto timeout = read_time("--timeout", options.timeout, Duration::zero());
  if (!timeout) return tl::unexpected(timeout.error());
  settings.timeout = *timeout;
  const auto grace = read_time("--grace", options.grace, Duration::zero());
  if (!grace) return tl::unexpected(grace.error());
  settings.grace = *grace;
  if (options.threads != "one" && options.threads != "inherit") {
    return input_error("--threads", fmt::format("there is no '{}'", options.threads),
                       "Use one or inherit");
  }
  settings.limit_threads = options.threads == "one";
  auto uploads = choose_uploads(options.uploads, options.s3_prefix, process_sources());
  if (!uploads) return tl::unexpected(uploads.error());
  settings.uploads = std::move(*uploads);
  const auto warm = read_warm(options.warm);
  if (!warm) return tl::unexpected(warm.error());
  settings.warm = *warm;
  if (options.verify_warm && !settings.warm) {
    return input_error("--verify-warm", "has no meaning with --warm=off", "Leave out one of both");
  }
  settings.verify_warm = options.verify_warm;
  if (options.broker.empty()) return settings;
  if (options.verify_warm) {
    return input_error("--verify-warm", "has no meaning with --broker",
                       "Begin the run on one machine with it, stop it, and go on with --broker");
  }

  auto broker = broker_of(options.broker);
  if (!broker) return tl::unexpected(broker.error());
  settings.broker = std::move(*broker);
  const auto lease = read_time("--lease", options.lease, Duration::zero());
  if (!lease) return tl::unexpected(lease.error());
  if (*lease < kShortestLease) {
    return input_error("--lease", fmt::format("'{}' is too short", options.lease),
                       "Use 5s or more; 45s suits most shared folders");
  }
  settings.lease_death = *lease;
  if (options.slots) {
    return input_error("--slots", "has no meaning with --broker",
                       "Say it to each worker: shoal worker --slots N");
  }
  return settings;
}

}  // namespace shoal
