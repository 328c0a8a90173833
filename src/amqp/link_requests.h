#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "amqp/link_events.h"
#include "amqp/topology.h"

namespace shoal {

// What a Link asks of its thread: see Link's members of the same names.

struct DeclareRequest {
  Topology topology;
};
struct PublishRequest {
  PublishId id{};
  Message message;
};
struct ConsumeRequest {
  std::string consumer;
  std::variant<QueueName, ExchangeName> source;  // an exchange: through a private queue
  std::uint16_t prefetch = 0;
};
struct PrefetchRequest {
  std::string consumer;
  std::uint16_t prefetch = 0;
};
struct CancelRequest {
  std::string consumer;
};
struct AckRequest {
  DeliveryId delivery;
};
struct NackRequest {
  DeliveryId delivery;
  Requeue requeue = Requeue::yes;
};
struct InspectRequest {
  QueueName queue;
};
struct RemoveRequest {
  std::vector<QueueName> queues;
  std::vector<ExchangeName> exchanges;
};
struct CloseRequest {
  std::chrono::steady_clock::time_point deadline;
};

using LinkRequest =
    std::variant<DeclareRequest, PublishRequest, ConsumeRequest, PrefetchRequest, CancelRequest,
                 AckRequest, NackRequest, InspectRequest, RemoveRequest, CloseRequest>;

/// Requests on their way from one thread to another.
class LinkMailbox {
 public:
  LinkMailbox() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  LinkMailbox(const LinkMailbox&) = delete;
  LinkMailbox& operator=(const LinkMailbox&) = delete;
  ~LinkMailbox() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void post(LinkRequest request) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = requests_.empty();
      requests_.push_back(std::move(request));
    }
    if (was_empty) ::eventfd_write(descriptor_, 1);
  }

  /// All that came since the last time, in order.
  std::vector<LinkRequest> take() {
    eventfd_t ignored = 0;
    ::eventfd_read(descriptor_, &ignored);
    const std::lock_guard lock(mutex_);
    return std::exchange(requests_, {});
  }

  /// Readable when there are requests; negative when the system gave none.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::mutex mutex_;
  std::vector<LinkRequest> requests_;
};

}  // namespace shoal
