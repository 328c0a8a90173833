#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace shoal {

/// What a process says of itself at one moment.
struct StatusPages {
  std::string metrics;        // in Prometheus' text format
  std::string what_it_lacks;  // a sentence; empty: it is ready
};

/// Answers over HTTP what monitoring and a container's probes ask:
///
///   /metrics   the last metrics that were published
///   /healthz   200 while pages are published, so while the event loop turns
///   /readyz    200 while it is ready, else 503 and what it lacks
///
/// Requests are served on a thread of its own, so that a busy event loop still
/// answers; the pages are what crosses the threads.
class StatusServer {
 public:
  /// `address`: "HOST:PORT", ":PORT" or "PORT"; without a host, this machine
  /// alone can ask. Port 0: a free one. Listens, but answers only after
  /// start(), because a process that will fork should have no threads before.
  /// Errors: the address cannot be used. None for an empty one: there is no
  /// server then (nullptr).
  static Expected<std::unique_ptr<StatusServer>> listen(const std::string& address);
  virtual ~StatusServer() = default;

  virtual void start() = 0;
  /// From any thread. To be called every second or so.
  virtual void publish(StatusPages pages) = 0;
  virtual std::uint16_t port() const = 0;
};

}  // namespace shoal
