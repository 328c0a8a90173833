#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "plan/plan.h"
#include "sched/scheduler.h"

namespace shoal {

/// One command that did not end as its user wished.
struct Trouble {
  CommandId command{};
  std::uint32_t line = 0;
  std::string text;
  CommandState state = CommandState::failed;
  EndClass end = EndClass::failed;
  int exit_code = 0;
  int signal = 0;
  std::string detail;                    // missing path, ...
  std::vector<std::string> last_output;  // last lines of its output
  std::uint32_t dependents_skipped = 0;  // directly or through others
};
struct IncompleteOutput {
  CommandId command{};
  std::string output;
  Incomplete incomplete;
};

struct RunSummary {
  std::string run_id;
  std::string jobs_file;
  Scheduler::Counts counts;
  std::uint32_t already_done = 0;  // by earlier sessions of the run
  Duration wall{0};
  ResourceUsage usage;             // of all attempts of this session
  std::vector<Trouble> troubles;   // failed first, then the rest, in file order
  std::vector<IncompleteOutput> incomplete;
  bool threads_limited = false;    // thread-pool variables were set
  bool interrupted = false;
  std::string run_folder;
  std::string resume_command;      // "shoal run jobs.sh"
};

/// The text for the end of a run: what happened, what failed and why, where to
/// look and how to go on. At most some 40 lines, however many failed.
std::string summary_text(const RunSummary& summary, bool color);

}  // namespace shoal
