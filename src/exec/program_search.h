#pragma once

#include <string>
#include <string_view>

namespace shoal {

/// What a shell finds for the name of a program.
struct FoundProgram {
  std::string path;     // to execute; empty when nothing was found
  int exit_code = 0;    // 0: found; else what bash would end with: 126 or 127
  std::string message;  // bash's words for it: "command not found"
};

/// A name with a slash stands for itself, relative to `folder` (a descriptor);
/// any other is looked for in `search_path` ($PATH) as bash does: the first
/// regular file that may be executed. Asks the disk each time, since commands
/// make programs.
FoundProgram find_program(std::string_view name, std::string_view search_path, int folder);

/// The search path where the environment has none.
inline constexpr std::string_view kDefaultSearchPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace shoal
