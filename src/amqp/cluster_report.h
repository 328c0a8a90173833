#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// How a run through a broker stands, as its tasker saw it at a time: what
/// `shoal status` shows beside the journal. The tasker writes it into the run's
/// folder (`cluster.json`) every few seconds, so that looking at a run needs no
/// password.
struct ClusterReport {
  struct Worker {
    std::string name;
    std::string host;
    std::uint32_t slots = 0;  // 0: it leaves
    WallTime last_seen{};     // by the tasker's clock
    std::vector<CommandId> running;
  };
  WallTime time{};
  std::string broker;  // its address, without a password
  bool connected = false;
  std::uint32_t queued = 0;        // messages that no worker has taken yet
  std::uint32_t dead_letters = 0;  // messages that nobody could read
  std::vector<Worker> workers;
};

/// At once or not at all. Advice: errors are not worth a word.
void write_cluster_report(const std::string& run_folder, const ClusterReport& report);
void remove_cluster_report(const std::string& run_folder);

/// nullopt: there is none that can be read.
std::optional<ClusterReport> read_cluster_report(const std::string& run_folder);

}  // namespace shoal
