#pragma once

#include <cstdint>
#include <map>

#include "amqp/ids.h"

namespace shoal {

/// Which messages can be acknowledged, where each brings several tasks or
/// results: when each of them is settled. Where one is to be given back, all
/// are, and whoever gets them again is told that they were delivered before.
class DeliveryBook {
 public:
  enum class Verdict : std::uint8_t { wait, acknowledge, give_back };

  /// A message with so many parts (at least one) has come.
  void add(DeliveryId delivery, std::uint32_t parts) { open_[delivery] = {parts, false}; }

  Verdict settle(DeliveryId delivery, bool gives_back) {
    const auto found = open_.find(delivery);
    if (found == open_.end()) return Verdict::wait;  // void since a lost connection
    found->second.gives_back |= gives_back;
    if (--found->second.parts > 0) return Verdict::wait;
    const bool back = found->second.gives_back;
    open_.erase(found);
    return back ? Verdict::give_back : Verdict::acknowledge;
  }

  /// The broker has taken all messages back.
  void clear() { open_.clear(); }
  /// Those of one opening of a channel.
  void clear(std::uint64_t generation) {
    std::erase_if(open_, [&](const auto& each) { return each.first.generation == generation; });
  }

 private:
  struct Open {
    std::uint32_t parts = 0;  // not yet settled
    bool gives_back = false;
  };
  std::map<DeliveryId, Open> open_;
};

}  // namespace shoal
