#pragma once

#include <string>
#include <vector>

#include "job/jobs_text.h"

namespace shoal {

/// A jobs file in a folder of its own, in which it expects to be run.
struct FolderJobs {
  std::string folder;   // relative to where the joined file is run
  std::string file;     // its name in the folder
  std::string heading;  // for people, one line; may be empty
  JobsText text;
};

/// One jobs file that does what `(cd FOLDER && bash FILE)` would do for each of
/// them, with a line for each of their commands that names its own folder. So
/// what is done stays done when files come and go. A file that holds more than
/// plain commands (variables, loops, directives) becomes one command.
std::string joined_jobs(const std::vector<FolderJobs>& all);

}  // namespace shoal
