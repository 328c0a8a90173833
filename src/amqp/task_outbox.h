#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "amqp/ids.h"
#include "amqp/short_commands.h"
#include "base/time.h"
#include "sched/attempt.h"

namespace shoal {

/// Attempts on their way to the workers: those of very short commands travel
/// together, by what commands of their shape took before.
class TaskOutbox {
 public:
  struct Parcel {
    std::vector<AttemptSpec> attempts;
    std::vector<PublishId> ids;
  };

  /// `alone`: whoever gets it has to ask first, which the others should not
  /// wait for.
  void add(const AttemptSpec& spec, PublishId id, bool alone);
  bool is_empty() const { return waiting_.empty(); }

  /// All that wait. No parcel takes more than its fair share for one of so many
  /// slots, so that none stands idle beside a full one.
  std::vector<Parcel> take(std::uint32_t slots);

  /// A command took so long.
  void learn(const std::string& text, Duration wall);
  /// Of recent commands of any shape.
  Duration average() const { return recent_.average(); }

  /// Connection lost: what waits is given out again by the core.
  void drop() { waiting_.clear(); }

 private:
  struct Waiting {
    AttemptSpec spec;
    PublishId id{};
    Duration expected{0};  // long, where nothing is known
  };
  std::vector<Waiting> waiting_;
  std::unordered_map<std::uint64_t, RecentDuration> expected_;  // by shape
  RecentDuration recent_;
};

}  // namespace shoal
