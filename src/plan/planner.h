#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "job/jobs_text.h"
#include "plan/command_table.h"
#include "plan/plan.h"

namespace shoal {

struct PlanOptions {
  PlanMode mode = PlanMode::automatic;
  /// Absolute path of the folder in which the commands run; makes absolute
  /// paths below it equal to relative ones.
  std::string working_directory;
  /// The environment that the commands will see.
  std::function<std::optional<std::string>(std::string_view name)> environment;
  /// Whether a path (relative to the working directory, or absolute) is a
  /// folder before the run. Spares waiting for commands that make their
  /// output's folder in passing; without it nothing is taken to be there.
  std::function<bool(const std::string& path)> folder_exists;
};

/// Reads the whole jobs file and lays the plan. `text` must outlive the plan.
/// Time and memory are linear in the size of the file. Errors: a directive
/// that cannot be read, an `after=` that names no command or closes a cycle.
Expected<Plan> make_plan(const JobsText& text, const CommandTable& table, const PlanOptions& options);

}  // namespace shoal
