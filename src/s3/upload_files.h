#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sched/attempt.h"

namespace shoal {

/// Whether a glob matches a path as a whole. A `*` does not cross a slash; `**`
/// as one of its levels stands for any number of folders.
bool path_matches(std::string_view pattern, std::string_view path);

/// Whether a glob may match something below a path, were that a folder.
bool may_match_below(std::string_view pattern, std::string_view path);

/// Whether a path names something inside the working directory, so that it can
/// be the end of a key.
bool is_inside(std::string_view path);

/// The files that the spec names and that are there now: their paths relative
/// to the working directory, sorted, each once. Folders are walked, without
/// following links to folders and without shoal's own.
std::vector<std::string> files_to_upload(const UploadSpec& spec,
                                         const std::string& working_directory);

}  // namespace shoal
