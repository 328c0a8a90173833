#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "amqp/ids.h"
#include "amqp/message.h"
#include "amqp/short_commands.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// Gathers the results of very short commands, so that they travel together as
/// long as more commands are there to be run. Those of longer ones wait for
/// nothing but what ends in the same turn of the event loop. And knows, by and
/// by, how long commands are.
class ResultOutbox {
 public:
  using Send =
      std::function<void(const RunId&, std::vector<AttemptResult>, std::vector<PublishId>)>;
  ResultOutbox(asio::io_context& io, Send send) : timer_(io), send_(std::move(send)) {}

  void add(const RunId& run, const AttemptResult& result, PublishId id) {
    recent_.add(result.wall);
    Gathered& gathered = gathered_[run];
    gathered.results.push_back(result);
    gathered.ids.push_back(id);
    if (gathered.results.size() >= kMostTogether) return send_all();
    const auto patience = average() >= kShortCommand ? std::chrono::milliseconds(0) : kPatience;
    if (patience_ && *patience_ <= patience) return;
    patience_ = patience;
    timer_.expires_after(patience);
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) send_all();
    });
  }

  void send_all() {
    patience_.reset();
    timer_.cancel();
    for (auto& [run, gathered] : std::exchange(gathered_, {})) {
      send_(run, std::move(gathered.results), std::move(gathered.ids));
    }
  }

  /// They were not sent, and are not to be: their connection is lost, and the
  /// core asks again.
  void drop() { gathered_.clear(); }

  /// Of recent commands.
  Duration average() const { return recent_.average(); }

 private:
  static constexpr std::chrono::milliseconds kPatience{40};

  struct Gathered {
    std::vector<AttemptResult> results;
    std::vector<PublishId> ids;
  };
  std::map<RunId, Gathered> gathered_;
  RecentDuration recent_;
  std::optional<std::chrono::milliseconds> patience_;  // while some wait
  asio::steady_timer timer_;
  Send send_;
};

}  // namespace shoal
