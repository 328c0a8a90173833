#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sched/attempt_tally.h"
#include "view/run_view.h"

namespace shoal {

// What a process tells Prometheus, in its text format:
// https://prometheus.io/docs/instrumenting/exposition_formats/
// Names and units follow https://prometheus.io/docs/practices/naming/; they are
// a contract, listed in docs/metrics.md.

/// What every process tells of itself.
struct ProcessMetrics {
  std::string version;       // of shoal
  double started = 0;        // seconds since 1970
  double cpu = 0;            // seconds, of its own, without its commands
  std::uint64_t memory = 0;  // bytes, resident
};

/// Of a run through a broker.
struct ClusterMetrics {
  bool connected = false;
  std::uint32_t queued = 0;        // messages that no worker has taken
  std::uint32_t dead_letters = 0;  // that nobody could read
  std::uint32_t workers = 0;
  std::uint32_t slots = 0;  // of all of them
  std::uint32_t busy = 0;   // of these
};

struct RunMetrics {
  ProcessMetrics process;
  RunProgress progress;
  AttemptTally attempts;                  // of this process's life
  std::optional<ClusterMetrics> cluster;  // nullopt: on one machine
};
std::string metrics_text(const RunMetrics& metrics);

struct WorkerMetrics {
  ProcessMetrics process;
  bool connected = false;
  std::uint32_t slots = 0;
  std::uint32_t busy = 0;   // slots with a command
  std::uint32_t tasks = 0;  // that it has taken, these included
  AttemptTally attempts;
};
std::string metrics_text(const WorkerMetrics& metrics);

}  // namespace shoal
