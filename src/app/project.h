#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "job/jobs_text.h"
#include "journal/run_directory.h"
#include "plan/plan.h"

namespace shoal {

/// A jobs file read from disk and planned.
class Project {
 public:
  /// `mode` and `command_tables` as on the command line. Errors are sentences
  /// about the jobs file, a table or the mode.
  static Expected<Project> load(const std::string& jobs_file, std::string_view mode,
                                const std::vector<std::string>& command_tables);

  const std::string& jobs_file() const { return jobs_file_; }    // absolute
  const std::string& given_name() const { return given_name_; }  // as the user wrote it
  const std::string& working_directory() const { return working_directory_; }  // absolute
  const JobsText& text() const { return *text_; }
  const Plan& plan() const { return plan_; }
  const ShoalFolder& folder() const { return folder_; }
  /// Some line's shell must leave a snapshot for the lines after it.
  bool takes_snapshots() const;
  /// Inputs that are not there now and that nothing makes, then what the plan
  /// itself found.
  std::vector<Finding> findings() const;

 private:
  Project(std::string jobs_file, std::string given_name, std::string working_directory,
          std::unique_ptr<JobsText> text, Plan plan)
      : jobs_file_(std::move(jobs_file)),
        given_name_(std::move(given_name)),
        working_directory_(std::move(working_directory)),
        text_(std::move(text)),
        plan_(std::move(plan)),
        folder_(jobs_file_) {}

  std::string jobs_file_;
  std::string given_name_;
  std::string working_directory_;
  std::unique_ptr<JobsText> text_;  // the plan points into it
  Plan plan_;
  ShoalFolder folder_;
};

/// Reads a whole file. `what` names it in errors ("jobs file").
Expected<std::string> read_file(const std::string& path, std::string_view what);

/// The value of an environment variable; nullopt when it is not set.
std::optional<std::string> environment_value(std::string_view name);

}  // namespace shoal
