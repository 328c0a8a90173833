#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/project.h"
#include "app/upload_choice.h"
#include "base/time.h"
#include "journal/record.h"
#include "plan/plan.h"
#include "sched/attempt.h"
#include "sched/scheduler.h"

namespace shoal {

/// Where, in a run's folder, an opaque line leaves the shell's state for the
/// lines after it.
std::string snapshot_path(const CommandKey& key);

struct AttemptDefaults {
  Duration timeout{0};  // 0: none
  Duration grace{0};
  bool limit_threads = true;
  bool hash_inputs = false;
  std::optional<UploadChoice> uploads = std::nullopt;
  /// Whether a command must not start warm, as is known from before; empty: none.
  std::function<bool(CommandId)> starts_cold = {};
};

/// Makes what an executor needs for an attempt from what the plan knows of its
/// command.
class AttemptBuilder {
 public:
  /// `project` must outlive the builder.
  AttemptBuilder(const Project& project, const std::vector<CommandKey>& keys,
                 AttemptDefaults defaults);

  /// The existing outputs of this command are outdated: where its program
  /// refuses to overwrite them, the next attempt moves them aside first.
  void set_outdated(CommandId id) { outdated_[number(id) - 1] = true; }
  /// What earlier attempts appended to these files must go before the next one.
  void set_cut_back(CommandId id, std::vector<AppendedFile> files);

  /// How an attempt of this command ended, for the next command, which may ask.
  void set_status(CommandId id, EndClass end, int exit_code);

  AttemptSpec build(const StartAction& start);
  /// For the journal: the files to which the attempt just built appends, with
  /// their sizes at its start.
  std::vector<AppendedFile> appended(CommandId id) const;

 private:
  void add_paths(CommandId id, bool check_inputs, AttemptSpec& spec) const;
  void add_clean_up(CommandId id, AttemptSpec& spec);
  void add_appended(CommandId id, AttemptSpec& spec);
  void add_prelude(const Command& command, AttemptSpec& spec) const;

  const Plan& plan_;
  const std::vector<CommandKey>& keys_;
  AttemptDefaults defaults_;
  std::vector<bool> outdated_;
  std::vector<std::uint8_t> statuses_;  // by command, as `$?` shows them
  /// By command number: the sizes to which files are cut back before the first
  /// attempt here, and after it those at which the last one began.
  std::unordered_map<std::uint32_t, std::vector<AppendedFile>> appended_;
};

}  // namespace shoal
