#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/error.h"

namespace shoal {

/// Tells when processes end, by their pidfds. All of them sit in one epoll of
/// their own, which is registered with the event loop once: adding and taking
/// away a child costs one system call each, and one wake-up serves all that
/// have ended.
class ProcessWatch {
 public:
  /// Called on the event loop with the key of a process that has ended and
  /// waits to be reaped. It must close the pidfd; it may add others and may
  /// destroy the watch.
  using OnEnded = std::function<void(std::uint32_t key)>;

  static Expected<std::unique_ptr<ProcessWatch>> create(asio::io_context& io, OnEnded on_ended);
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;
  ~ProcessWatch();

  /// False: out of memory or watches (epoll_ctl(2)).
  bool add(int pidfd, std::uint32_t key);

 private:
  ProcessWatch(asio::io_context& io, int epoll, OnEnded on_ended);
  void wait();
  void collect();

  asio::posix::stream_descriptor epoll_;
  OnEnded on_ended_;
  std::size_t watched_ = 0;
  bool waiting_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal
