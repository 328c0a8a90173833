#include "exec/process_group.h"

#include <signal.h>

#include <cerrno>

#include "exec/process_list.h"

namespace shoal {

bool is_alive(pid_t group) {
  if (::kill(-group, 0) != 0 && errno == ESRCH) return false;
  ProcessList processes;
  if (!processes.is_open()) return true;
  while (const auto process = processes.next()) {
    if (process->group == group && process->lives) return true;
  }
  return false;
}

}  // namespace shoal
