#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "sched/scheduler.h"
#include "view/summary.h"
#include "view/text_style.h"
#include "view/time_text.h"

namespace shoal {

/// Where a run as a whole stands.
enum class RunState : std::uint8_t {
  running,      // a process holds its lock
  finished,     // every command ended
  stopped,      // closed before that: Ctrl-C, --halt, set -e
  interrupted,  // never closed: its process was killed, or the machine went down
};

/// A run as `shoal status` and `shoal runs` show it.
struct RunOverview {
  struct Running {
    CommandId command{};
    std::uint32_t line = 0;
    std::string text;
    Duration elapsed{0};
  };
  struct Worker {
    std::string name;
    std::string host;
    std::uint32_t slots = 0;
    std::uint32_t running = 0;
    Duration silent{0};  // since it was last heard
  };
  /// Of a run through a broker, as its tasker knew it.
  struct Cluster {
    std::string broker;
    bool connected = false;
    std::uint32_t queued = 0;        // messages that no worker has taken
    std::uint32_t dead_letters = 0;  // that nobody could read
    Duration age{0};                 // of all this
    std::vector<Worker> workers;
  };
  std::string run_id;
  std::string jobs_file;
  LocalTime created{};
  RunState state = RunState::finished;
  std::int64_t pid = 0;  // of the process that runs it, or ran it last
  std::string host;
  Scheduler::Counts counts;
  std::optional<Duration> left;              // as RunProgress::left
  std::optional<Duration> since_last_event;  // age of the journal's last record
  UploadCounts uploads;                      // over the life of the run
  std::string upload_place;                  // as RunSummary::upload_place
  std::uint32_t warm = 0;                    // attempts that started warm
  std::uint32_t cold = 0;                    // and that did not
  Duration spared{0};                        // processor time that starting warm spared
  std::vector<VerifiedKind> verified;        // as RunSummary::verified
  std::optional<Cluster> cluster;            // nullopt: on one machine
  std::vector<Running> running;              // oldest first
  std::vector<Trouble> troubles;             // as RunSummary::troubles
  std::vector<IncompleteOutput> incomplete;
  std::string run_folder;
  std::string resume_command;  // "shoal run jobs.sh"
};

/// A table of runs in the order given, with a heading; a sentence when there
/// are none.
std::string runs_table(const std::vector<RunOverview>& runs, const TextStyle& style);

/// What one run does or did, what failed, and what to do next. At most some 40
/// lines.
std::string status_text(const RunOverview& run, const TextStyle& style);

}  // namespace shoal
