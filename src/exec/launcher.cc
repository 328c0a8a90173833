#include "exec/launcher.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "exec/snapshot.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

NotLaunched explain(const SpawnError& error, const std::string& program) {
  const std::string reason = std::strerror(error.code);
  switch (error.step) {
    case SpawnError::Step::clone:
      return {EndClass::lost, 0, "cannot start a process: " + reason};
    case SpawnError::Step::redirection:
      return {EndClass::lost, 0, "cannot redirect the output: " + reason};
    case SpawnError::Step::working_directory:
      return {EndClass::lost, 0, "cannot enter the working directory: " + reason};
    case SpawnError::Step::execute:
      break;
  }
  switch (error.code) {
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
      return {EndClass::lost, 0, program + ": " + reason};
    case E2BIG:
      return {EndClass::failed, 126,
              program +
                  ": its arguments and the environment together are longer than the kernel "
                  "allows (see execve(2))"};
    default:
      return {EndClass::failed, error.code == ENOENT ? 127 : 126, program + ": " + reason};
  }
}

/// An empty draft, so that a full disk shows before the line runs, and no
/// snapshot of an earlier attempt.
bool make_draft(const std::string& snapshot) {
  ::unlink(snapshot.c_str());
  const FileDescriptor draft(
      ::open(snapshot_draft(snapshot).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return static_cast<bool>(draft);
}

}  // namespace

Launcher::Launcher(const RunFolders& folders, const char* const* environment, Shell shell,
                   FileDescriptor null)
    : folders_(folders),
      null_(std::move(null)),
      environments_(environment, folders.working_directory),
      invoker_(std::move(shell), folders, environments_) {}

tl::expected<Launcher::Launched, NotLaunched> Launcher::launch(const AttemptSpec& spec, int output,
                                                               volatile pid_t* announcement) {
  if (spec.snapshot) {
    const std::string snapshot = in_run_folder(folders_.run_folder, spec.snapshot_file);
    if (!make_draft(snapshot)) {
      return tl::unexpected(
          NotLaunched{EndClass::lost, 0, "cannot write " + snapshot + ": " + std::strerror(errno)});
    }
  }
  if (Expected<void> made = invoker_.make(spec, invocation_); !made) {
    return tl::unexpected(NotLaunched{EndClass::lost, 0, made.error().sentence()});
  }
  if (invocation_.program.empty()) {
    return tl::unexpected(NotLaunched{EndClass::failed, invocation_.exit_code,
                                      invocation_.name + ": " + invocation_.message});
  }
  SpawnRequest request;
  request.program = invocation_.program.c_str();
  request.arguments = invocation_.arguments.data();
  request.environment = environments_.with_threads(spec.threads);
  request.working_directory = folders_.descriptor;
  request.input = null_.get();
  request.output = output;
  request.announcement = announcement;
  tl::expected<SpawnedProcess, SpawnError> process = spawn(request);
  const bool wants_shell = !process && process.error().step == SpawnError::Step::execute &&
                           process.error().code == ENOEXEC && !invocation_.words.empty();
  if (wants_shell) {
    invoker_.make_run_by_shell(invocation_);
    request.program = invocation_.program.c_str();
    request.arguments = invocation_.arguments.data();
    process = spawn(request);
  }
  if (!process) {
    if (!invocation_.script_file.empty()) ::unlink(invocation_.script_file.c_str());
    return tl::unexpected(explain(process.error(), invocation_.name));
  }
  return Launched{*process, std::move(invocation_.script_file)};
}

}  // namespace shoal
