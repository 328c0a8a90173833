#include "amqp/link_thread.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace shoal {
namespace {

using namespace std::chrono_literals;

/// A connection that lived this long was a good one: the next loss begins with
/// a short wait again.
constexpr auto kGoodConnection = 5s;
/// Saying goodbye to the broker.
constexpr Duration kLongestGoodbye = 2s;
constexpr Duration kShortestGoodbye = 200ms;

}  // namespace

LinkThread::LinkThread(BrokerAddress address, LinkOptions options, LinkMailbox& mailbox,
                       LinkReceiver& receiver, SocketBreaker& breaker)
    : address_(std::move(address)),
      options_(std::move(options)),
      mailbox_(mailbox),
      receiver_(receiver),
      breaker_(breaker),
      next_try_(Clock::now()),
      backoff_(options_.first_retry, options_.longest_retry, std::random_device{}()),
      topology_(options_.topology),
      consumers_(kFirstConsumer),
      window_(options_.confirm_window) {}

void LinkThread::run() {
  for (;;) {
    take_requests();
    if (has_finished()) break;
    if (connection_) {
      serve();
    } else if (!refused_ && Clock::now() >= next_try_) {
      connect();
    } else {
      wait_for_connection();
    }
  }
  finish();
}

bool LinkThread::has_finished() const {
  if (!closing_) return false;
  return refused_ || Clock::now() >= *closing_ ||
         (unsent_.empty() && window_.is_empty() && removals_.empty());
}

void LinkThread::connect() {
  ConnectionOptions options = options_.connection;
  if (closing_) {
    const auto left = std::chrono::duration_cast<Duration>(*closing_ - Clock::now());
    options.open_timeout = std::clamp(left, Duration(1ms), options.open_timeout);
  }
  auto opened = Connection::open(address_, options);
  if (!opened) {
    fail(opened.error());
    return;
  }
  connection_.emplace(std::move(*opened));
  breaker_.watch(connection_->socket());
  connected_since_ = Clock::now();
  if (const auto ready = set_up(); !ready) {
    fail(ready.error());
    return;
  }
  receiver_.add(LinkConnected{connection_->server_version(), std::exchange(made_, {})});
  for (const QueueName& queue : std::exchange(inspections_, {})) {
    if (connection_) on(InspectRequest{queue});
  }
  std::vector<std::string> names;
  for (const auto& [name, consumer] : consumers_.all()) names.push_back(name);
  for (const std::string& name : names) {
    auto* consumer = consumers_.find(name);
    if (connection_ && consumer != nullptr) start_consumer(*consumer);
  }
}

BrokerExpected<void> LinkThread::set_up() {
  auto done = connection_->open_channel(kPublishing, ChannelMode::confirms);
  publishing_since_ = Clock::now();
  if (done) done = declare(topology_);
  return done;
}

void LinkThread::serve() {
  send_publishes();
  if (connection_) take_events();
  send_removals();  // after the events: they may have brought the last confirm
  receiver_.flush();
  if (!connection_ || has_finished()) return;
  wait(has_more_events_ ? std::optional(Clock::now()) : closing_);
}

/// Until the broker or the caller says something. At most a quarter of the
/// heartbeat's interval, since heartbeats are sent by polling the connection.
void LinkThread::wait(std::optional<Clock::time_point> until) {
  const auto quarter = std::chrono::milliseconds(connection_->heartbeat()) / 4;
  auto limit = Clock::now() + quarter;
  if (until) limit = std::min(limit, *until);
  const bool wants_to_send = !unsent_.empty() && !window_.is_full() && !blocked_;
  std::array<pollfd, 2> watched{};
  watched[0].fd = connection_->socket();
  watched[0].events = static_cast<short>(wants_to_send ? POLLIN | POLLOUT : POLLIN);
  watched[1].fd = mailbox_.descriptor();
  watched[1].events = POLLIN;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now());
  ::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
}

/// Until the next try, or the caller says something.
void LinkThread::wait_for_connection() {
  receiver_.flush();
  std::optional<Clock::time_point> until = closing_;
  if (!refused_) until = closing_ ? std::min(*closing_, next_try_) : next_try_;
  int milliseconds = -1;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
    milliseconds = static_cast<int>(std::max<std::int64_t>(0, left.count()));
  }
  pollfd watched{mailbox_.descriptor(), POLLIN, 0};
  ::poll(&watched, 1, milliseconds);
}

void LinkThread::finish() {
  if (connection_) {
    // In order, so that the last acknowledgements have been read. A broker
    // that reads nothing from a blocked connection would not hear it.
    const auto left = std::chrono::duration_cast<Duration>(*closing_ - Clock::now());
    if (!blocked_) connection_->close(std::clamp(left, kShortestGoodbye, kLongestGoodbye));
    while (const auto event = connection_->poll(0s)) {
      if (const auto* confirm = std::get_if<Confirm>(&*event)) on(*confirm);
      if (const auto* returned = std::get_if<Returned>(&*event)) on(*returned);
    }
  }
  drop_connection("the link was closed");
  std::vector<LinkPublished> outcomes;
  for (const PublishRequest& each : std::exchange(unsent_, {})) {
    outcomes.push_back({each.id, PublishOutcome::unsent, "the link was closed"});
  }
  report(std::move(outcomes));
  receiver_.add(LinkClosed{});
  receiver_.flush();
}

void LinkThread::fail(const BrokerError& error) {
  if (error.is_permanent()) {
    refuse(error);
  } else {
    disconnect(error);
  }
}

void LinkThread::disconnect(const BrokerError& error) {
  if (connection_ && Clock::now() - connected_since_ > kGoodConnection) backoff_.reset();
  const Duration wait = backoff_.next();
  next_try_ = Clock::now() + wait;
  receiver_.add(LinkDisconnected{error, wait});
  drop_connection(error.error.message);
}

void LinkThread::refuse(const BrokerError& error) {
  refused_ = true;
  receiver_.add(LinkRefused{error});
  drop_connection(error.error.message);
  std::vector<LinkPublished> outcomes;
  for (const PublishRequest& each : std::exchange(unsent_, {})) {
    outcomes.push_back({each.id, PublishOutcome::unsent, error.error.message});
  }
  report(std::move(outcomes));
  for (const QueueName& queue : std::exchange(inspections_, {})) {
    receiver_.add(LinkQueueState{queue, tl::unexpected(error)});
  }
}

void LinkThread::drop_connection(const std::string& reason) {
  breaker_.watch(-1);
  connection_.reset();
  consumers_.forget_connection();
  blocked_ = false;
  has_more_events_ = false;
  std::vector<LinkPublished> outcomes;
  window_.abandon(reason, outcomes);
  report(std::move(outcomes));
}

void LinkThread::report(std::vector<LinkPublished> outcomes) {
  for (LinkPublished& outcome : outcomes) receiver_.add(std::move(outcome));
}

}  // namespace shoal
