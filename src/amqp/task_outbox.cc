#include "amqp/task_outbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "job/words.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLargestParcel = 100ms;  // of work
constexpr std::size_t kMostBytes = 1UL << 20UL;

}  // namespace

void TaskOutbox::add(const AttemptSpec& spec, PublishId id, bool alone) {
  Duration expected = kLargestParcel;
  if (!alone) {
    const auto known = expected_.find(command_shape(spec.text));
    if (known != expected_.end()) expected = known->second.average();
  }
  waiting_.push_back({spec, id, expected});
}

/// A parcel is worth its message when it is full, and two for each slot keep all
/// of them busy.
std::vector<TaskOutbox::Waiting> TaskOutbox::take_due(std::uint32_t slots, Need need) {
  std::vector<Waiting> due = std::exchange(waiting_, {});
  if (need == Need::now || due.size() >= 2 * slots * kMostTogether) return due;
  const auto rest = std::stable_partition(due.begin(), due.end(),
                                          [](const Waiting& each) { return !each.is_short(); });
  std::move(rest, due.end(), std::back_inserter(waiting_));
  due.erase(rest, due.end());
  return due;
}

std::vector<TaskOutbox::Parcel> TaskOutbox::take(std::uint32_t slots, Need need,
                                                 const ClassOf& class_of) {
  std::vector<Waiting> due = take_due(std::max(slots, 1U), need);
  const std::size_t share = std::clamp<std::size_t>(
      due.size() / (2 * std::size_t{std::max(slots, 1U)}), 1, kMostTogether);
  std::vector<Parcel> parcels;
  Duration work{0};
  std::size_t bytes = 0;
  bool open = false;  // the last parcel takes more
  for (Waiting& each : due) {
    const std::string_view resource_class = class_of(each.spec);
    if (resource_class.empty()) {
      waiting_.push_back(std::move(each));
      continue;
    }
    const TaskId task{each.spec.command, each.spec.attempt};
    const bool fits = open && each.is_short() && parcels.back().attempts.size() < share &&
                      parcels.back().resource_class == resource_class &&
                      work + each.expected <= kLargestParcel &&
                      bytes + each.spec.text.size() + each.spec.prelude.size() <= kMostBytes &&
                      parcels.back().tasks.add(task);
    if (!fits) {
      parcels.emplace_back().tasks.add(task);
      parcels.back().resource_class = resource_class;
      work = Duration::zero();
      bytes = 0;
    }
    open = each.is_short();
    work += each.expected;
    bytes += each.spec.text.size() + each.spec.prelude.size();
    parcels.back().attempts.push_back(std::move(each.spec));
    parcels.back().ids.push_back(each.id);
  }
  return parcels;
}

std::vector<PublishId> TaskOutbox::drop() {
  std::vector<PublishId> ids;
  for (const Waiting& each : std::exchange(waiting_, {})) ids.push_back(each.id);
  return ids;
}

void TaskOutbox::learn(const std::string& text, Duration wall) {
  recent_.add(wall);
  const auto [known, added] = expected_.try_emplace(command_shape(text), wall);
  if (!added) known->second.add(wall);
}

}  // namespace shoal
