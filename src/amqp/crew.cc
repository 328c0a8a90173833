#include "amqp/crew.h"

#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "amqp/lease_folder.h"
#include "exec/descriptor.h"

namespace shoal {
namespace {

bool can_name_a_file(const std::string& name) {
  return name != "." && name != ".." && std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
         });
}

}  // namespace

Expected<Crew> Crew::join(const std::string& work_folder, const std::string& name) {
  if (name.empty()) return Crew();
  if (!can_name_a_file(name)) {
    return input_error("--crew " + name, "this cannot name a crew",
                       "Use letters, digits, dots, dashes and underscores");
  }
  const std::string folder = work_folder + "/.shoal/crews";
  const std::string path = folder + "/" + name;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  // To open one that is there does not change its time.
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!file) {
    return infrastructure_error(path, std::string("cannot make it: ") + std::strerror(errno));
  }
  const auto begin = std::filesystem::last_write_time(path, error);
  if (error) return infrastructure_error(path, "cannot look at it: " + error.message());
  return Crew(work_folder + "/.shoal/runs", begin);
}

bool Crew::is_finished() const {
  if (runs_.empty()) return false;
  std::error_code error;
  const std::filesystem::directory_iterator runs(runs_, error);
  return std::ranges::any_of(begin(runs), end(runs), [&](const auto& run) {
    return LeaseFolder(run.path().string()).is_finished_since(begin_);
  });
}

}  // namespace shoal
