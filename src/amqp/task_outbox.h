#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "amqp/ids.h"
#include "amqp/short_commands.h"
#include "amqp/task_ids.h"
#include "base/time.h"
#include "sched/attempt.h"

namespace shoal {

/// Attempts on their way to the workers: those of very short commands travel
/// together, by what commands of their shape took before.
class TaskOutbox {
 public:
  struct Parcel {
    std::string resource_class;  // of all of them
    std::vector<AttemptSpec> attempts;
    std::vector<PublishId> ids;
    TaskIds tasks;
  };

  /// `alone`: whoever gets it has to ask first, which the others should not
  /// wait for.
  void add(const AttemptSpec& spec, PublishId id, bool alone);
  std::size_t count() const { return waiting_.size(); }

  enum class Need : std::uint8_t {
    now,    // slots are idle, or soon will be
    later,  // the workers have enough for a while: short ones wait for company
  };
  /// The class of resources of an attempt (kDefaultClass); empty: it is not
  /// known yet, so the attempt waits.
  using ClassOf = std::function<std::string_view(const AttemptSpec&)>;
  /// What is to be sent. No parcel takes more than its fair share for one of so
  /// many slots, so that none stands idle beside a full one.
  std::vector<Parcel> take(std::uint32_t slots, Need need, const ClassOf& class_of);

  /// A command took so long.
  void learn(const std::string& text, Duration wall);
  /// Of recent commands of any shape.
  Duration average() const { return recent_.average(); }

  /// Connection lost: what waits was never sent.
  std::vector<PublishId> drop();

 private:
  struct Waiting {
    AttemptSpec spec;
    PublishId id{};
    Duration expected{0};  // long, where nothing is known
    bool is_short() const { return expected < kShortCommand; }
  };
  std::vector<Waiting> take_due(std::uint32_t slots, Need need);

  std::vector<Waiting> waiting_;
  std::unordered_map<std::uint64_t, RecentDuration> expected_;  // by shape
  RecentDuration recent_;
};

}  // namespace shoal
