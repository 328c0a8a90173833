#include "amqp/lease_wait.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <thread>
#include <utility>

#include "amqp/beat_watch.h"
#include "exec/clock.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookAgainAfter{100};
/// A guardian kills what a dead worker ran, and lets its leases go, within this.
constexpr Duration kPatience = 1s;

/// Whether the command may still run. Breaks a dead lease.
Expected<bool> may_run(CommandId command, BeatWatch& beats, const LeaseFolder& leases,
                       Duration lease_death) {
  const auto beat = leases.beat(command);
  if (!beat) return tl::unexpected(beat.error());
  if (!*beat) return false;
  if (!beats.is_dead(**beat, monotonic_now(), lease_death)) return true;
  leases.break_lease(command);
  return false;
}

std::string sentence(std::size_t count) {
  return fmt::format(
      "Waits until workers have ended {} of this run's commands, which {} to run again in another "
      "way. To be faster, stop those workers; or press Ctrl-C, and go on with --broker and the "
      "jobs file as it was.",
      count, count == 1 ? "is" : "are");
}

}  // namespace

Expected<void> keep_workers_from(const std::set<CommandId>& commands, const LeaseFolder& leases,
                                 Duration lease_death,
                                 const std::function<void(std::string_view)>& notice) {
  std::map<CommandId, BeatWatch> running;
  for (const CommandId command : commands) {
    if (auto marked = leases.mark(command); !marked) return marked;
    running.emplace(command, BeatWatch{});
  }
  const Instant begin = monotonic_now();
  bool told = false;
  while (true) {
    for (auto each = running.begin(); each != running.end();) {
      const auto runs = may_run(each->first, each->second, leases, lease_death);
      if (!runs) return tl::unexpected(runs.error());
      each = *runs ? std::next(each) : running.erase(each);
    }
    if (running.empty()) return {};
    if (monotonic_now() - begin >= kPatience && !std::exchange(told, true)) {
      notice(sentence(running.size()));
    }
    std::this_thread::sleep_for(kLookAgainAfter);
  }
}

}  // namespace shoal
