#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "sched/attempt.h"
#include "sched/scheduler.h"
#include "view/text_style.h"
#include "view/upload_text.h"
#include "view/verified_text.h"

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
  std::vector<std::string> last_output;  // last lines of its output, as they are
  std::uint32_t dependents_skipped = 0;  // directly or through others
};

/// A table or plot that was made although not all its sources succeeded.
struct IncompleteOutput {
  CommandId command{};
  std::string output;
  Incomplete incomplete;
};

struct RunSummary {
  std::string run_id;
  std::string jobs_file;
  Scheduler::Counts counts;        // done includes already_done
  std::uint32_t already_done = 0;  // by earlier sessions of the run
  Duration wall{0};
  ResourceUsage usage;            // of all attempts of this session
  std::uint32_t cores = 0;        // that the run could use; 0: not known
  std::vector<Trouble> troubles;  // failed first, then the rest, in file order
  std::vector<IncompleteOutput> incomplete;
  UploadCounts uploads;                // of this session
  std::string upload_place;            // "s3://bucket/prefix"; empty: nothing is uploaded
  std::uint32_t warm = 0;              // attempts that started warm
  std::uint32_t cold = 0;              // and those that did not
  Duration spared{0};                  // processor time that this spared them
  std::string warm_trouble;            // why others started cold; may be empty
  std::vector<VerifiedKind> verified;  // commands that were started on trial
  bool threads_limited = false;        // thread-pool variables were set
  bool interrupted = false;
  std::string run_folder;
  std::string resume_command;  // "shoal run jobs.sh"
};

/// The text for the end of a run: what happened, what failed and why, where to
/// look and how to go on. At most some 40 lines, however many failed.
std::string summary_text(const RunSummary& summary, const TextStyle& style);

/// The part of it about commands that failed, were skipped or held, and about
/// incomplete outputs: "" when there are none. At most `most_lines` lines.
std::string troubles_text(const std::vector<Trouble>& troubles,
                          const std::vector<IncompleteOutput>& incomplete, std::size_t most_lines,
                          const TextStyle& style);

}  // namespace shoal
