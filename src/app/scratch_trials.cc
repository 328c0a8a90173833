#include "app/scratch_trials.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "app/trial_files.h"
#include "base/text.h"
#include "exec/warm/simple_line.h"
#include "journal/run_directory.h"
#include "plan/glob.h"

namespace shoal {
namespace {

bool names_folder_above(std::string_view word) {
  constexpr std::string_view kParts = "/=:,";
  while (true) {
    const std::size_t end = std::min(word.find_first_of(kParts), word.size());
    if (word.substr(0, end) == "..") return true;
    if (end == word.size()) return false;
    word.remove_prefix(end + 1);
  }
}

/// Without what does not change where a path leads.
std::string without_detours(std::string_view word) {
  std::string text(word);
  for (const std::string_view detour : {"//", "/./"}) {
    for (std::size_t at = text.find(detour); at != std::string::npos; at = text.find(detour, at)) {
      text.replace(at, detour.size(), "/");
    }
  }
  return text;
}

/// The files of one command: what it names, and all that is in folders which
/// it names.
class OwnPaths {
 public:
  OwnPaths(const Plan& plan, CommandId command) {
    for (const Access& access : plan.accesses(command)) {
      std::string path = plan.paths().text(access.path);
      if (access.extent == Extent::glob) {
        globs_.push_back(std::move(path));
      } else {
        exact_.insert(std::move(path));
      }
    }
  }

  bool contain(const std::string& path) const {
    for (std::size_t end = path.size(); end != std::string::npos; end = path.rfind('/', end - 1)) {
      if (exact_.contains(path.substr(0, end))) return true;
      if (end == 0) break;
    }
    return exact_.contains(".") ||
           std::ranges::any_of(globs_, [&](const auto& glob) { return covers(glob, path); });
  }

 private:
  /// More than the glob matches is no harm.
  static bool covers(const std::string& glob, const std::string& path) {
    const SplitGlob split = split_glob(glob);
    if (!split.folder.empty() && !path.starts_with(split.folder + "/")) return false;
    if (split.any_depth || split.names.empty()) return true;
    const std::size_t begin = split.folder.empty() ? 0 : split.folder.size() + 1;
    const std::string_view rest = std::string_view(path).substr(begin);
    return glob_matches(split.names.front(), rest.substr(0, rest.find('/')));
  }

  std::unordered_set<std::string> exact_;
  std::vector<std::string> globs_;
};

}  // namespace

std::string why_bound_to_folder(const Plan& plan, CommandId command,
                                const std::string& working_directory) {
  for (const Access& access : plan.accesses(command)) {
    const std::string path = plan.paths().text(access.path);
    if (path.starts_with('/') && !path.starts_with("/dev/") && access.mode != AccessMode::read) {
      return "it may write outside of its folder: " + path;
    }
  }
  const auto steps = read_simple_line(plan.command(command).text);
  if (!steps) return "its line is not a simple one";
  for (const SimpleStep& step : *steps) {
    std::vector<std::string> words(step.words.begin() + 1, step.words.end());
    for (const SimpleRedirect& redirect : step.redirects) words.push_back(redirect.target);
    for (const auto& [name, value] : step.assignments) words.push_back(value);
    for (const std::string& word : words) {
      if (names_folder_above(word)) return "it names a file by way of '..': " + word;
      if (without_detours(word).find(working_directory) != std::string::npos) {
        return "it names a file of its folder by an absolute path: " + word;
      }
    }
  }
  return {};
}

ScratchTrials::ScratchTrials(const Project& project, const LocalExecutor& executor,
                             std::string run_folder)
    : project_(project), executor_(executor), folder_(in_run_folder(run_folder, kVerifyFolder)) {}

ScratchTrials::~ScratchTrials() { ::rmdir(folder_.c_str()); }

bool ScratchTrials::can_start_warm(const AttemptSpec& spec) const {
  return executor_.can_start_warm(spec);
}

/// One that would not run, or not run through, tells nothing of its kind.
bool ScratchTrials::all_inputs_are_there(const AttemptSpec& spec) const {
  return std::ranges::all_of(spec.required_inputs, [&](const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::path(project_.working_directory()) / path,
                                   error);
  });
}

Expected<std::optional<AttemptSpec>> ScratchTrials::prepare(const AttemptSpec& spec) {
  if (spec.started_before || spec.appended_before || !all_inputs_are_there(spec)) {
    return std::optional<AttemptSpec>();
  }
  if (std::string why =
          why_bound_to_folder(project_.plan(), spec.command, project_.working_directory());
      !why.empty()) {
    return input_error({}, std::move(why));
  }
  TrialTask task;
  auto list = list_for(spec.command);
  if (!list) return tl::unexpected(list.error());
  task.request.list = std::move(*list);
  task.request.spec = spec;
  task.request.spec.upload = {};
  task.request.working_directory = project_.working_directory();
  task.request.knowledge = project_.folder().warm_knowledge();
  task.request.folder = folder_ + "/" + std::to_string(number(spec.command));
  task.interpreter = project_.text().interpreter();
  task.script = project_.given_name();
  task.snapshots = project_.takes_snapshots();
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::string path = task_path(spec.command);
  if (auto written = write_task(task, path); !written) return tl::unexpected(written.error());

  // It stops its command itself within the command's grace.
  constexpr Duration kForItself = std::chrono::seconds(5);
  AttemptSpec trial;
  trial.command = spec.command;
  trial.attempt = spec.attempt;
  trial.text = "/proc/self/exe try-starts " + shell_quoted(path);
  trial.shell = ShellKind::none;
  trial.may_start_warm = false;
  trial.grace = spec.grace + kForItself;
  trial.threads = spec.threads;
  trial.cpus = spec.cpus;
  trial.memory = spec.memory;
  return trial;
}

VerifiedStart ScratchTrials::verdict(const AttemptResult& trial) {
  const std::string task = task_path(trial.command);
  auto verified = read_verdict(verdict_path(task));
  ::unlink(verdict_path(task).c_str());
  ::unlink(task.c_str());
  if (verified) return std::move(*verified);
  VerifiedStart unknown;
  unknown.command = trial.command;
  unknown.why = "the process that tried it ended without a verdict";
  return unknown;
}

/// What no command of the plan writes is the project's own, scripts and their
/// modules among it; of what commands write, the command gets what it names.
Expected<ScratchList> ScratchTrials::list_for(CommandId command) {
  const Plan& plan = project_.plan();
  if (!written_) {
    written_.emplace();
    for (std::uint32_t i = 0; i < plan.paths().size(); ++i) {
      const PathId path{i};
      if (!plan.paths().is_pattern(path) && plan.is_written(path)) {
        written_->insert(hash64(plan.paths().text(path)));
      }
    }
  }
  const OwnPaths own(plan, command);
  const bool may_read_all = plan.is_barrier(command);
  return list_for_copy(project_.working_directory(), [&](const std::string& path) {
    if (may_read_all || own.contain(path)) return Need::must;
    return written_->contains(hash64(path)) ? Need::none : Need::small;
  });
}

std::string ScratchTrials::task_path(CommandId command) const {
  return folder_ + "/" + std::to_string(number(command)) + ".json";
}

}  // namespace shoal
