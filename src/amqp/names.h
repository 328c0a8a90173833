#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "amqp/topology.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// The names of everything that shoal keeps at a broker. Each begins with a
/// prefix, so that an administrator can grant a user `^shoal\.` and nothing else.
class BrokerNames {
 public:
  /// Letters, digits, '-' and '_', at most 64; not amq, which is the broker's.
  static Expected<BrokerNames> with_prefix(std::string prefix);
  BrokerNames() : prefix_("shoal") {}

  // Fanout exchanges that all taskers and workers share.
  ExchangeName runs() const;     // taskers announce their runs
  ExchangeName workers() const;  // workers tell how they are

  // Of one run.
  ExchangeName control(const RunId& run) const;  // fanout: the tasker to all its workers
  QueueName tasks(const RunId& run, std::string_view resource_class) const;
  QueueName results(const RunId& run) const;
  QueueName dead(const RunId& run) const;  // what nobody could read, or nobody survived

 private:
  explicit BrokerNames(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string of_run(const RunId& run, std::string_view what) const;
  std::string prefix_;
};

/// The classes of resources that a run has. What is known to need more memory
/// than the workers of the default class have goes to the large one, if a worker
/// serves it.
inline constexpr std::string_view kDefaultClass = "default";
inline constexpr std::string_view kLargeClass = "large";

/// Whether the text can name a class of resources: letters, digits, '-' and
/// '_', 1 to 64.
bool is_resource_class(std::string_view text);

struct RunQueueLimits {
  /// How often a message may be delivered before it goes to the dead letters.
  /// High: each crash of a worker counts, and a task is not to blame for one.
  std::int64_t deliveries = 100;
  /// How long a task may be unacknowledged, which is how long a command may
  /// run. RabbitMQ 3.12 and later heed it; before, consumer_timeout of the
  /// node's configuration decides.
  Duration task_timeout = std::chrono::hours(24 * 30);
};

/// What taskers and workers declare alike.
Topology shared_topology(const BrokerNames& names);

/// What belongs to one run; its tasker declares it. Workers declare none of it: a run that
/// is over must not come into being again.
Topology run_topology(const BrokerNames& names, const RunId& run,
                      const std::vector<std::string>& resource_classes,
                      const RunQueueLimits& limits);

/// All that a tasker declares: its run's, and what it shares with the others.
Topology tasker_topology(const BrokerNames& names, const RunId& run,
                         const std::vector<std::string>& resource_classes,
                         const RunQueueLimits& limits);

}  // namespace shoal
