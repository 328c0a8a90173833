#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "app/project.h"
#include "app/start_verifier.h"
#include "exec/local_executor.h"
#include "exec/verify/scratch_copy.h"

namespace shoal {

/// Starts commands on trial in scratch copies of the project: by a process of
/// shoal (try_starts_command), which is an attempt like any other, so that it
/// is watched, stopped and killed as commands are. Its files are in the run's
/// folder, as `verify/N` for command N.
class ScratchTrials : public StartTrials {
 public:
  /// Both must outlive it. `run_folder` is absolute.
  ScratchTrials(const Project& project, const LocalExecutor& executor, std::string run_folder);
  ~ScratchTrials() override;  // removes the folder where nothing is kept in it
  ScratchTrials(const ScratchTrials&) = delete;
  ScratchTrials& operator=(const ScratchTrials&) = delete;

  bool can_start_warm(const AttemptSpec& spec) const override;
  Expected<std::optional<AttemptSpec>> prepare(const AttemptSpec& spec) override;
  VerifiedStart verdict(const AttemptResult& trial) override;

 private:
  bool all_inputs_are_there(const AttemptSpec& spec) const;
  Expected<ScratchList> list_for(CommandId command);
  std::string task_path(CommandId command) const;

  const Project& project_;
  const LocalExecutor& executor_;
  std::string folder_;
  /// Hashes of the paths that commands write, found when they are needed.
  std::optional<std::unordered_set<std::uint64_t>> written_;
};

/// Why a trial of the command in another folder could change files outside of
/// that, or not find its own; the rest of a sentence "because ...". Empty: it
/// stays inside.
std::string why_bound_to_folder(const Plan& plan, CommandId command,
                                const std::string& working_directory);

}  // namespace shoal
