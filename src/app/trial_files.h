#pragma once

#include <string>

#include "base/error.h"
#include "exec/verify/start_trials.h"
#include "sched/start_verdict.h"

namespace shoal {

/// What the process that starts a command on trial is given: a TrialRequest,
/// with what the shell is found by instead of the shell.
struct TrialTask {
  TrialRequest request;     // its shell is not set
  std::string interpreter;  // of the jobs file's `#!` line
  std::string script;       // see Shell
  bool snapshots = false;
};

// As files: JSON, read by the same program that wrote it.
Expected<void> write_task(const TrialTask& task, const std::string& path);
Expected<TrialTask> read_task(const std::string& path);
Expected<void> write_verdict(const VerifiedStart& verified, const std::string& path);
Expected<VerifiedStart> read_verdict(const std::string& path);

/// Where the process that reads the task at `path` writes its verdict.
std::string verdict_path(const std::string& path);

}  // namespace shoal
