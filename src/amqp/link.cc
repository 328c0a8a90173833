#include "amqp/link.h"

#include <asio/error_code.hpp>
#include <asio/steady_timer.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "amqp/link_receiver.h"
#include "amqp/link_requests.h"
#include "amqp/link_thread.h"
#include "amqp/socket_breaker.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

/// How much longer than its limit a close may take before its socket is shut.
constexpr auto kCloseGrace = 3s;
/// The same for a link that is destroyed before its LinkClosed.
constexpr auto kDestroyGrace = 500ms;

}  // namespace

class Link::Inside {
 public:
  Inside(const asio::any_io_executor& executor, BrokerAddress address, LinkOptions options,
         LinkHandler handler)
      : receiver_(executor, wrapped(std::move(handler))), guard_(executor) {
    thread_ = start_thread([this, address = std::move(address), options = std::move(options)] {
      LinkThread(address, options, mailbox_, receiver_, *breaker_).run();
      const std::lock_guard lock(mutex_);
      ended_ = true;
      has_ended_.notify_all();
    });
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    receiver_.silence();
    mailbox_.post(CloseRequest{std::chrono::steady_clock::now()});
    {
      std::unique_lock lock(mutex_);
      if (!has_ended_.wait_for(lock, kDestroyGrace, [this] { return ended_; })) {
        breaker_->break_off();
      }
    }
    thread_.join();
  }

  void post(LinkRequest request) { mailbox_.post(std::move(request)); }

  void close(Duration limit) {
    mailbox_.post(CloseRequest{std::chrono::steady_clock::now() + limit});
    guard_.expires_after(limit + kCloseGrace);
    guard_.async_wait([breaker = breaker_](const asio::error_code& error) {
      if (!error) breaker->break_off();
    });
  }

 private:
  /// Once the link is closed, there is nothing to guard any more.
  LinkHandler wrapped(LinkHandler handler) {
    return [this, handler = std::move(handler)](LinkEvent event) {
      if (std::holds_alternative<LinkClosed>(event)) guard_.cancel();
      handler(std::move(event));
    };
  }

  /// A thread inherits the mask: signals are for the event loop's.
  template <class Work>
  static std::thread start_thread(Work work) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::move(work));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
  }

  LinkMailbox mailbox_;
  LinkReceiver receiver_;
  std::shared_ptr<SocketBreaker> breaker_ = std::make_shared<SocketBreaker>();
  asio::steady_timer guard_;
  std::mutex mutex_;
  std::condition_variable has_ended_;
  bool ended_ = false;
  std::thread thread_;
};

Link::Link(const asio::any_io_executor& executor, BrokerAddress address, LinkOptions options,
           LinkHandler handler)
    : inside_(std::make_unique<Inside>(executor, std::move(address), std::move(options),
                                       std::move(handler))) {}
Link::~Link() = default;

void Link::declare(Topology topology) { inside_->post(DeclareRequest{std::move(topology)}); }

void Link::publish(PublishId id, Message message) {
  inside_->post(PublishRequest{id, std::move(message)});
}

void Link::consume(std::string consumer, QueueName queue, std::uint16_t prefetch) {
  inside_->post(ConsumeRequest{std::move(consumer), std::move(queue), prefetch});
}

void Link::subscribe(std::string consumer, ExchangeName exchange) {
  inside_->post(ConsumeRequest{std::move(consumer), std::move(exchange), 0});
}

void Link::set_prefetch(std::string consumer, std::uint16_t prefetch) {
  inside_->post(PrefetchRequest{std::move(consumer), prefetch});
}

void Link::cancel(std::string consumer) { inside_->post(CancelRequest{std::move(consumer)}); }

void Link::ack(DeliveryId delivery) { inside_->post(AckRequest{delivery}); }

void Link::nack(DeliveryId delivery, Requeue requeue) {
  inside_->post(NackRequest{delivery, requeue});
}

void Link::inspect_queue(QueueName queue) { inside_->post(InspectRequest{std::move(queue)}); }

void Link::remove(std::vector<QueueName> queues, std::vector<ExchangeName> exchanges) {
  inside_->post(RemoveRequest{std::move(queues), std::move(exchanges)});
}

void Link::close(Duration limit) { inside_->close(limit); }

}  // namespace shoal
