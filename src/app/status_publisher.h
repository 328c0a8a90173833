#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "app/status_server.h"
#include "view/metrics_text.h"

namespace shoal {

/// Publishes what a process says of itself, from its event loop: every second,
/// until stop(). Without a server it does nothing.
class StatusPublisher {
 public:
  /// `server` may be null; `look` is called on the event loop's thread.
  StatusPublisher(asio::io_context& io, std::unique_ptr<StatusServer> server,
                  std::function<StatusPages()> look);
  StatusPublisher(const StatusPublisher&) = delete;
  StatusPublisher& operator=(const StatusPublisher&) = delete;

  /// The first look is taken when the event loop runs.
  void start();
  /// The last pages stay. The event loop can run out of work now.
  void stop();

 private:
  void publish_after(std::chrono::seconds pause);

  asio::steady_timer timer_;
  std::unique_ptr<StatusServer> server_;
  std::function<StatusPages()> look_;
  bool stopped_ = false;
};

/// Of this process, now.
ProcessMetrics own_process_metrics();

}  // namespace shoal
