#include "amqp/task_outbox.h"

#include <algorithm>
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

std::vector<TaskOutbox::Parcel> TaskOutbox::take(std::uint32_t slots) {
  const std::size_t share = std::clamp<std::size_t>(
      waiting_.size() / (2 * std::size_t{std::max(slots, 1U)}), 1, kMostTogether);
  std::vector<Parcel> parcels;
  Duration work{0};
  std::size_t bytes = 0;
  bool open = false;  // the last parcel takes more
  for (Waiting& each : std::exchange(waiting_, {})) {
    const bool is_short = each.expected < kShortCommand;
    const bool fits = open && is_short && parcels.back().attempts.size() < share &&
                      work + each.expected <= kLargestParcel &&
                      bytes + each.spec.text.size() + each.spec.prelude.size() <= kMostBytes;
    if (!fits) {
      parcels.emplace_back();
      work = Duration::zero();
      bytes = 0;
    }
    open = is_short;
    work += each.expected;
    bytes += each.spec.text.size() + each.spec.prelude.size();
    parcels.back().attempts.push_back(std::move(each.spec));
    parcels.back().ids.push_back(each.id);
  }
  return parcels;
}

void TaskOutbox::learn(const std::string& text, Duration wall) {
  recent_.add(wall);
  const auto [known, added] = expected_.try_emplace(command_shape(text), wall);
  if (!added) known->second.add(wall);
}

}  // namespace shoal
