#include "exec/output_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace shoal {

std::optional<std::string> first_missing(const std::vector<std::string>& paths, int folder) {
  for (const std::string& path : paths) {
    if (::faccessat(folder, path.c_str(), F_OK, 0) != 0) return path;
  }
  return std::nullopt;
}

bool are_folders(const std::vector<std::string>& paths, int folder) {
  return std::all_of(paths.begin(), paths.end(), [folder](const std::string& path) {
    struct stat status {};
    return ::fstatat(folder, path.c_str(), &status, 0) == 0 && S_ISDIR(status.st_mode);
  });
}

bool tells_of_exhausted_memory(std::string_view last_output) {
  constexpr std::string_view kLineEnds = "\r\n";
  for (int lines = 0; lines < 2; ++lines) {
    const std::size_t end = last_output.find_last_not_of(kLineEnds);
    if (end == std::string_view::npos) return false;
    last_output = last_output.substr(0, end + 1);
    const std::size_t begin = last_output.find_last_of(kLineEnds) + 1;
    const std::string_view line = last_output.substr(begin);
    if (line.find("MemoryError") != std::string_view::npos ||
        line.find("std::bad_alloc") != std::string_view::npos) {
      return true;
    }
    last_output = last_output.substr(0, begin);
  }
  return false;
}

}  // namespace shoal
