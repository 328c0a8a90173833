#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "amqp/ids.h"

namespace shoal {

/// Which publishes of a core each message carries that is on its way: one
/// message may carry several, or none.
class PublishBook {
 public:
  /// The number of a new message for the link.
  PublishId add(std::vector<PublishId> of_core = {}) {
    const PublishId id{++last_};
    if (!of_core.empty()) open_.emplace(id, std::move(of_core));
    return id;
  }
  /// What the message carried. It is forgotten.
  std::vector<PublishId> take(PublishId id) {
    const auto found = open_.extract(id);
    return found.empty() ? std::vector<PublishId>() : std::move(found.mapped());
  }

 private:
  std::uint64_t last_ = 0;
  std::map<PublishId, std::vector<PublishId>> open_;
};

}  // namespace shoal
