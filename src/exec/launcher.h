#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "exec/descriptor.h"
#include "exec/environment.h"
#include "exec/invocation.h"
#include "exec/preparation.h"
#include "exec/spawn.h"
#include "sched/attempt.h"

namespace shoal {

/// A command that could not be started, as the end of its attempt. What its
/// program is to blame for ends with bash's 126 or 127; what the system is to
/// blame for may pass, so the attempt is lost.
struct NotLaunched {
  EndClass end = EndClass::failed;
  int exit_code = 0;
  std::string message;  // for the log
};

/// Turns specs into running processes.
class Launcher {
 public:
  /// Copies `environment` (null-terminated).
  Launcher(const RunFolders& folders, const char* const* environment, Shell shell,
           FileDescriptor null);

  struct Launched {
    SpawnedProcess process;
    std::string script_file;  // to remove after the end; empty for most
  };
  /// Starts the spec's command with its output going to `output`.
  /// `announcement` as in SpawnRequest.
  tl::expected<Launched, NotLaunched> launch(const AttemptSpec& spec, int output,
                                             volatile pid_t* announcement);

  const Environments& environments() const { return environments_; }
  /// As Environments::with_threads.
  char* const* environment(unsigned threads) { return environments_.with_threads(threads); }
  /// Of /dev/null, from which commands read.
  int null() const { return null_.get(); }

 private:
  RunFolders folders_;
  FileDescriptor null_;
  Environments environments_;
  Invoker invoker_;
  Invocation invocation_;  // of the command being started; keeps its buffers
};

}  // namespace shoal
