#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/attempt_builder.h"
#include "app/project.h"
#include "base/error.h"
#include "journal/run_directory.h"
#include "journal/run_record.h"
#include "sched/scheduler.h"
#include "sched/shape_history.h"

namespace shoal {

struct RunChoiceOptions {
  bool fresh = false;   // a new run, whatever there is
  bool verify = false;  // compare inputs by content
};

/// The run that `shoal run` works on: the newest one of the jobs file, locked
/// and compared with the plan, or a new one.
struct RunChoice {
  RunChoice(RunId run_id, RunLock run_lock) : id(std::move(run_id)), lock(std::move(run_lock)) {}

  RunId id;
  RunLock lock;
  bool resumed = false;
  RunRecord record;  // what the journal says so far
  Scheduler::Resume resume;
  std::vector<bool> outdated;  // by command, done once and to be done again
  /// By command number: see ResumePlan.
  std::unordered_map<std::uint32_t, std::vector<AppendedFile>> cut_back;
  std::vector<std::string> notes;  // sentences for the user: what runs again, and why
  std::uint32_t already_done = 0;

  bool everything_done() const { return already_done == resume.done.size(); }
  /// Durations of the attempts that ended in earlier sessions of this run.
  void teach(ShapeHistory& history, const std::vector<CommandKey>& keys,
             const std::vector<std::uint64_t>& shapes) const;
  void prepare(AttemptBuilder& builder, const std::vector<CommandKey>& keys) const;
};

/// A name that no run has.
RunId new_run_id();

/// Errors: another process runs it; the folder cannot be written; the run was
/// started in another folder; the journal is broken.
Expected<RunChoice> choose_run(const Project& project, const std::vector<CommandKey>& keys,
                               const RunChoiceOptions& options);

}  // namespace shoal
