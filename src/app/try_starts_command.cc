#include "app/commands.h"
#include "app/trial_files.h"

namespace shoal {

Expected<int> try_starts_command(const std::string& task_file) {
  auto task = read_task(task_file);
  if (!task) return tl::unexpected(task.error());
  auto shell = find_run_shell(task->interpreter, task->snapshots, task->script);
  if (!shell) return tl::unexpected(shell.error());
  task->request.shell = std::move(*shell);
  auto verified = try_starts(task->request);
  if (!verified) {
    VerifiedStart unknown;
    unknown.command = task->request.spec.command;
    unknown.why = verified.error().place.empty()
                      ? verified.error().message
                      : verified.error().place + ": " + verified.error().message;
    verified = std::move(unknown);
  }
  if (auto written = write_verdict(*verified, verdict_path(task_file)); !written) {
    return tl::unexpected(written.error());
  }
  return exit_code::kAllDone;
}

}  // namespace shoal
