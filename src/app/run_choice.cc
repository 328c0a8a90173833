#include "app/run_choice.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "exec/clock.h"
#include "journal/fingerprint.h"
#include "journal/journal.h"
#include "journal/resume.h"

namespace shoal {
namespace {

constexpr std::size_t kMostReasons = 10;

Expected<void> make_run_folders(const ShoalFolder& folder, const RunId& id) {
  for (const std::string_view name : {kLogFolder, kScriptFolder, kSnapshotFolder}) {
    const std::string path = in_run_folder(folder.run(id), name);
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
      return infrastructure_error(path, fmt::format("cannot make this folder: {}", error.message()),
                                  "shoal keeps its journal and logs beside the jobs file: give "
                                  "yourself the right to write there");
    }
  }
  return {};
}

Expected<RunChoice> start_new_run(const Project& project, bool follows_another) {
  const RunId id = new_run_id();
  if (auto made = make_run_folders(project.folder(), id); !made) {
    return tl::unexpected(made.error());
  }
  auto lock = RunLock::acquire(project.folder().run(id));
  if (!lock) return tl::unexpected(lock.error());
  const std::size_t count = project.plan().command_count();
  RunChoice run(id, std::move(*lock));
  run.resume.done.assign(count, false);
  run.resume.attempts.assign(count, 0);
  run.resume.made.assign(count, false);
  // Outputs of the earlier run stand where this one's belong.
  run.outdated.assign(count, follows_another);
  return run;
}

/// An opaque line that is done left the shell's state in a snapshot; without
/// it, it must run again.
void require_snapshots(const Project& project, const std::vector<CommandKey>& keys,
                       RunChoice& run) {
  const std::string folder = project.folder().run(run.id);
  for (std::uint32_t i = 0; i < project.plan().command_count(); ++i) {
    const CommandId id{i + 1};
    const bool is_made = run.resume.done[i] || run.resume.made[i];
    if (is_made && project.plan().command(id).effect == ShellEffect::may_change &&
        !std::filesystem::exists(in_run_folder(folder, snapshot_path(keys[i])))) {
      run.resume.done[i] = run.resume.made[i] = false;
    }
  }
}

/// A command that the run's journal does not know stands in a jobs file that
/// was edited: what it would make may have been made by its old form.
void mark_changed_commands(const std::vector<CommandKey>& keys, RunChoice& run) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (run.record.find(keys[i]) == nullptr) run.outdated[i] = true;
  }
}

void note_reasons(const Project& project, const ResumePlan& plan, RunChoice& run) {
  const std::size_t shown = std::min(plan.reasons.size(), kMostReasons);
  for (std::size_t i = 0; i < shown; ++i) {
    const ResumePlan::Reason& reason = plan.reasons[i];
    run.notes.push_back(fmt::format("{}:{}: command {} runs again: {}", project.given_name(),
                                    project.plan().command(reason.command).line,
                                    number(reason.command), reason.text));
  }
  if (plan.reasons.size() > shown) {
    run.notes.push_back(fmt::format("and {} more run again", plan.reasons.size() - shown));
  }
}

Expected<RunChoice> continue_run(const Project& project, const std::vector<CommandKey>& keys,
                                 const RunId& id, const RunChoiceOptions& options) {
  auto lock = RunLock::acquire(project.folder().run(id));
  if (!lock) return tl::unexpected(lock.error());
  auto record = read_run(project.folder().journal(id));
  if (!record) return tl::unexpected(record.error());
  if (!continues(record->header, project.jobs_file(), project.working_directory())) {
    return input_error(project.given_name(),
                       fmt::format("its run {} was started in the folder {}", id.text(),
                                   record->header.working_directory),
                       "Change to that folder, or add --fresh to start a new run here");
  }
  if (auto made = make_run_folders(project.folder(), id); !made) {
    return tl::unexpected(made.error());
  }
  RunChoice run(id, std::move(*lock));
  run.resumed = true;
  run.record = std::move(*record);
  ResumePlan plan =
      plan_resume(project.plan(), keys, run.record, ResumeOptions{options.verify, fingerprint_of});
  run.resume = std::move(plan.scheduler);
  run.outdated = std::move(plan.outdated);
  run.cut_back = std::move(plan.cut_back);
  note_reasons(project, plan, run);
  require_snapshots(project, keys, run);
  mark_changed_commands(keys, run);
  run.already_done =
      static_cast<std::uint32_t>(std::count(run.resume.done.begin(), run.resume.done.end(), true));
  return run;
}

}  // namespace

RunId new_run_id() {
  std::array<char, 10> random{};
  // Ten bytes are never cut short or interrupted (getrandom(2)).
  static_cast<void>(::getrandom(random.data(), random.size(), 0));
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(wall_now().time_since_epoch());
  return RunId::make(static_cast<std::uint64_t>(now.count()),
                     std::string_view(random.data(), random.size()));
}

void RunChoice::teach(ShapeHistory& history, const std::vector<CommandKey>& keys,
                      const std::vector<std::uint64_t>& shapes) const {
  if (!history.empty()) return;  // it has learnt from them already
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const CommandRecord* command = record.find(keys[i]);
    if (command != nullptr && command->has_end && command->end == EndClass::ok) {
      history.learn(shapes[i], command->wall, command->usage.peak_memory);
    }
  }
}

void RunChoice::prepare(AttemptBuilder& builder, const std::vector<CommandKey>& keys) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const CommandRecord* command = record.find(keys[i]);
    if (command == nullptr || !command->has_end) continue;
    builder.set_status(CommandId{static_cast<std::uint32_t>(i + 1)}, command->end,
                       command->exit_code);
  }
  for (std::size_t i = 0; i < outdated.size(); ++i) {
    if (outdated[i]) builder.set_outdated(CommandId{static_cast<std::uint32_t>(i + 1)});
  }
  for (const auto& [command, files] : cut_back) builder.set_cut_back(CommandId{command}, files);
}

Expected<RunChoice> choose_run(const Project& project, const std::vector<CommandKey>& keys,
                               const RunChoiceOptions& options) {
  const std::vector<RunId> runs = project.folder().runs(project.jobs_file());
  if (options.fresh || runs.empty()) return start_new_run(project, !runs.empty());
  return continue_run(project, keys, runs.back(), options);
}

}  // namespace shoal
