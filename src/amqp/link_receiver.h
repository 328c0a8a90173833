#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "amqp/link_events.h"

namespace shoal {

/// A link's events on their way from its thread to the executor's: gathered,
/// and posted as one. Until LinkClosed it counts as work of the executor.
class LinkReceiver {
 public:
  LinkReceiver(const asio::any_io_executor& executor, LinkHandler handler)
      : executor_(asio::prefer(executor, asio::execution::outstanding_work_t::tracked)),
        target_(std::make_shared<Target>(Target{std::move(handler), false})) {}

  // For the link's thread.
  void add(LinkEvent event) { events_.push_back(std::move(event)); }
  void flush() {
    if (events_.empty()) return;
    const bool last = std::holds_alternative<LinkClosed>(events_.back());
    asio::post(executor_, [target = target_, events = std::exchange(events_, {})]() mutable {
      for (LinkEvent& event : events) {
        if (target->silent) return;
        target->handler(std::move(event));
      }
    });
    if (last) executor_ = asio::any_io_executor();
  }

  // For the executor's thread.
  void silence() { target_->silent = true; }

 private:
  struct Target {
    LinkHandler handler;
    bool silent = false;
  };
  asio::any_io_executor executor_;
  std::shared_ptr<Target> target_;
  std::vector<LinkEvent> events_;
};

}  // namespace shoal
