#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "amqp/ids.h"
#include "amqp/message.h"
#include "base/time.h"

namespace shoal {

/// The workers of one run, by what they say every few seconds.
class WorkerList {
 public:
  struct Entry {
    WorkerState state;
    Instant heard{};
  };

  explicit WorkerList(std::string folder) : folder_(std::move(folder)) {}

  /// Of a worker in another folder: ignored.
  void hear(WorkerState state, Instant now) {
    if (state.folder != folder_) return;
    std::string name = state.name;
    workers_.insert_or_assign(std::move(name), Entry{std::move(state), now});
  }
  /// Those that have been silent for long.
  void forget_silent(Instant now) {
    std::erase_if(workers_,
                  [&](const auto& each) { return now - each.second.heard >= kLongestSilence; });
  }

  const std::map<WorkerName, Entry>& all() const { return workers_; }
  /// The least memory of those that take tasks of the class; nullopt: there are
  /// none, or one of them does not tell.
  std::optional<std::uint64_t> least_memory(std::string_view resource_class) const {
    std::optional<std::uint64_t> least;
    for (const auto& [name, entry] : workers_) {
      if (!takes(entry.state, resource_class)) continue;
      if (entry.state.memory == 0) return std::nullopt;
      least = std::min(least.value_or(entry.state.memory), entry.state.memory);
    }
    return least;
  }
  bool any_takes(std::string_view resource_class) const {
    return std::ranges::any_of(
        workers_, [&](const auto& each) { return takes(each.second.state, resource_class); });
  }
  std::uint32_t slots() const {
    std::uint32_t sum = 0;
    for (const auto& [name, entry] : workers_) sum += entry.state.slots;
    return sum;
  }

 private:
  static bool takes(const WorkerState& worker, std::string_view resource_class) {
    return worker.slots > 0 &&
           (worker.classes.empty() ||
            std::ranges::find(worker.classes, resource_class) != worker.classes.end());
  }
  static constexpr Duration kLongestSilence = std::chrono::seconds(15);
  std::string folder_;
  std::map<WorkerName, Entry> workers_;
};

}  // namespace shoal
