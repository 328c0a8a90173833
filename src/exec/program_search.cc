#include "exec/program_search.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shoal {
namespace {

bool is_regular_file(int folder, const std::string& path) {
  struct stat status {};
  return ::fstatat(folder, path.c_str(), &status, 0) == 0 && S_ISREG(status.st_mode);
}

bool may_execute(int folder, const std::string& path) {
  return ::faccessat(folder, path.c_str(), X_OK, AT_EACCESS) == 0;
}

}  // namespace

FoundProgram find_program(std::string_view name, std::string_view search_path, int folder) {
  FoundProgram found;
  if (name.find('/') != std::string_view::npos) {
    found.path = name;  // execve(2) tells what is wrong with it
    return found;
  }
  bool only_not_executable = false;
  for (std::size_t begin = 0; !name.empty() && begin <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    const std::string_view entry = search_path.substr(begin, end - begin);
    found.path.assign(entry.empty() ? "." : entry).append("/").append(name);
    if (may_execute(folder, found.path)) {
      if (is_regular_file(folder, found.path)) return found;
    } else if (is_regular_file(folder, found.path)) {
      only_not_executable = true;
    }
    begin = end + 1;
  }
  found.path.clear();
  found.exit_code = only_not_executable ? 126 : 127;
  found.message = only_not_executable ? "Permission denied" : "command not found";
  return found;
}

}  // namespace shoal
