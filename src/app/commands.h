#pragma once

#include <string>

#include "app/options.h"
#include "base/error.h"

namespace shoal {

/// The subcommands. Each returns the process's exit code, or an error that
/// main() turns into a sentence and a code.
Expected<int> run_command(const RunOptions& options);
Expected<int> worker_command(const WorkerOptionsGiven& given);
Expected<int> doctor_command(const DoctorOptionsGiven& options);
Expected<int> upload_command(const UploadOptionsGiven& options);
Expected<int> cancel_command(const LookOptions& options);
Expected<int> split_command(const SplitOptionsGiven& options);
Expected<int> sweep_command(const SweepOptionsGiven& options);
Expected<int> plan_command(const PlanOptionsGiven& options);
Expected<int> status_command(const LookOptions& options);
Expected<int> runs_command(const LookOptions& options);
Expected<int> logs_command(const LookOptions& options);
Expected<int> report_command(const LookOptions& options);
/// Not for people: starts one command on trial for shoal run --verify-warm.
Expected<int> try_starts_command(const std::string& task_file);

namespace exit_code {
constexpr int kAllDone = 0;
constexpr int kSomeFailed = 1;
constexpr int kBadInput = 2;
constexpr int kInfrastructure = 3;
constexpr int kInterrupted = 130;
/// Of a process that a signal asked to leave, as shells say it.
constexpr int after_signal(int signal) { return 128 + signal; }
}  // namespace exit_code

}  // namespace shoal
