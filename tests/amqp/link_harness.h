#pragma once

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "amqp/link.h"

namespace shoal {

/// A link whose events are kept, and an event loop to wait for them in.
class LinkHarness {
 public:
  explicit LinkHarness(const BrokerAddress& address, LinkOptions options = {}) {
    link_ = std::make_unique<Link>(loop_.get_executor(), address, std::move(options),
                                   [this](LinkEvent event) { keep(std::move(event)); });
  }

  Link& link() { return *link_; }
  void destroy_link() { link_.reset(); }

  /// Runs the loop until the condition holds; fails the test after a while.
  void wait_until(const std::function<bool()>& holds,
                  std::chrono::seconds patience = std::chrono::seconds(60)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(100));
    }
    ASSERT_TRUE(holds()) << "waited in vain";
  }
  template <class Event>
  void wait_for(std::size_t count = 1) {
    wait_until([&] { return all<Event>().size() >= count; });
  }
  /// Closes the link, and waits until it is.
  void close(Duration limit = std::chrono::seconds(20)) {
    link().close(limit);
    wait_for<LinkClosed>();
  }
  /// Lets events come that should not.
  void linger(std::chrono::milliseconds time) { loop_.run_for(time); }

  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const LinkEvent& event : events_) {
      if (const auto* each = std::get_if<Event>(&event)) found.push_back(*each);
    }
    return found;
  }
  template <class Event>
  Event last() const {
    const auto found = all<Event>();
    return found.empty() ? Event{} : found.back();
  }
  const std::map<PublishId, std::vector<PublishOutcome>>& outcomes() const { return outcomes_; }
  std::size_t count(PublishOutcome outcome) const {
    return counts_.count(outcome) ? counts_.at(outcome) : 0;
  }

  /// Called at once for each delivery.
  std::function<void(const LinkDelivery&)> on_delivery;

 private:
  void keep(LinkEvent event) {
    if (const auto* published = std::get_if<LinkPublished>(&event)) {
      outcomes_[published->id].push_back(published->outcome);
      ++counts_[published->outcome];
      if (published->outcome == PublishOutcome::confirmed) return;
    }
    if (const auto* delivery = std::get_if<LinkDelivery>(&event)) {
      if (on_delivery) on_delivery(*delivery);
    }
    events_.push_back(std::move(event));
  }

  asio::io_context loop_;
  std::vector<LinkEvent> events_;
  std::map<PublishId, std::vector<PublishOutcome>> outcomes_;
  std::map<PublishOutcome, std::size_t> counts_;
  std::unique_ptr<Link> link_;
};

}  // namespace shoal
