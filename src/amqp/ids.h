#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/ids.h"

namespace shoal {

/// One attempt of one command, within a run.
struct TaskId {
  CommandId command{};
  AttemptNumber attempt{};
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

/// A task as a worker sees it, who may serve several runs at once.
struct TaskKey {
  RunId run;
  TaskId task;
  friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};

/// A message on its way to the broker, until that confirms it. Numbered from 1
/// by whoever publishes; 0 stands for none.
enum class PublishId : std::uint64_t { none = 0 };

/// A delivery's number within one opening of its channel, from 1.
enum class DeliveryTag : std::uint64_t {};

/// A delivery, over the whole life of a link. The tag alone would be
/// ambiguous: it is valid within one opening of one channel (a generation).
struct DeliveryId {
  std::uint64_t generation = 0;
  DeliveryTag tag{};
  friend auto operator<=>(const DeliveryId&, const DeliveryId&) = default;
};

/// What a worker calls itself: a host, a process and a few random letters, so
/// that a restarted worker is another one.
using WorkerName = std::string;

}  // namespace shoal
