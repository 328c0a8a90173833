#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/time.h"
#include "s3/request.h"

namespace shoal {

struct TransportOptions {
  std::size_t connections = 8;  // at once, and kept open for what comes next
  Duration connect_timeout = std::chrono::seconds(10);
  /// A transfer on which nothing moves for so long has failed. Whole seconds.
  Duration stall_timeout = std::chrono::seconds(30);
};

/// HTTP requests side by side over connections that are used again: libcurl's
/// multi interface with an owner. Belongs to one thread, but for wake.
class S3Transport {
 public:
  using OnAnswer = std::function<void(S3Answer)>;
  class Transfer;

  S3Transport(const S3Service& service, TransportOptions options);
  ~S3Transport();

  /// Signs the request with the time `now` and starts it. `on_answer` is called
  /// once, from perform.
  Transfer* start(const S3Request& request, WallTime now, OnAnswer on_answer);
  /// Ends a transfer that has not been answered, which it will not be.
  void stop(Transfer* transfer);
  std::size_t active() const;
  bool has_room() const;

  /// Moves what can move without waiting.
  void perform();
  /// Until something can move, at most so long.
  void wait(Duration at_most);
  /// Ends a wait. From any thread.
  void wake();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
