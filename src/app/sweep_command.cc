#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <optional>

#include "app/commands.h"
#include "app/own_file.h"
#include "app/project.h"
#include "app/sweep_settings.h"
#include "app/terminal.h"
#include "exec/machine.h"
#include "exec/small_file.h"
#include "job/joined_jobs.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kJobsFile = "jobs.sh";
/// In a project's folder: the command that made it, and what it printed.
constexpr const char* kStamp = ".shoal-sweep";
constexpr const char* kLog = "sweep.log";
constexpr std::string_view kMark = "# Written by shoal sweep";
constexpr std::size_t kShownOutput = 600;  // bytes

std::string stamp_of(const std::vector<std::string>& command) {
  std::string stamp;
  for (const std::string& word : command) stamp += word + "\n";
  return stamp;
}

/// A project that is being made.
struct Making {
  const SweepSetting* setting = nullptr;
  std::vector<std::string> command;
  pid_t pid = -1;
};

Expected<pid_t> start(const std::vector<std::string>& command, const std::string& folder) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 1, kLog, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return pid;
  return input_error(command[0], fmt::format("cannot be started: {}", std::strerror(error)),
                     "Install it, or give its path");
}

/// Makes what is not made yet, as many at once as there are cores.
class ProjectMaker {
 public:
  ProjectMaker(std::string settings_file, std::vector<std::string> command, bool again)
      : settings_file_(std::move(settings_file)), command_(std::move(command)), again_(again) {}

  Expected<void> make(const std::vector<SweepSetting>& settings) {
    std::optional<Error> first_error;
    const auto keep = [&](Expected<void> outcome) {
      if (!outcome && !first_error) first_error = std::move(outcome.error());
    };
    for (const SweepSetting& setting : settings) {
      if (first_error) break;
      if (under_way_.size() >= usable_cores()) keep(finish_oldest());
      if (!first_error) keep(begin(setting));
    }
    while (!under_way_.empty()) keep(finish_oldest());
    if (first_error) return tl::unexpected(*first_error);
    return {};
  }
  std::size_t made() const { return made_; }

 private:
  Expected<void> begin(const SweepSetting& setting) {
    Making making{&setting, command_for(setting, command_), -1};
    const fs::path folder = setting.folder;
    const bool is_made = read_small_file(folder / kStamp) == stamp_of(making.command) &&
                         fs::exists(folder / kJobsFile);
    if (is_made && !again_) return {};
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      return infrastructure_error(setting.folder, "cannot make this folder: " + error.message());
    }
    // Without this, one that writes nothing could not be told from one that does.
    fs::rename(folder / kJobsFile, folder / (std::string(kJobsFile) + ".before"), error);
    auto pid = start(making.command, setting.folder);
    if (!pid) return tl::unexpected(pid.error());
    making.pid = *pid;
    under_way_.push_back(std::move(making));
    return {};
  }

  Expected<void> finish_oldest() {
    const Making making = std::move(under_way_.front());
    under_way_.pop_front();
    int status = 0;
    while (::waitpid(making.pid, &status, 0) < 0 && errno == EINTR) continue;
    const fs::path folder = making.setting->folder;
    const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!ended_well || !fs::exists(folder / kJobsFile)) return failure(making, ended_well);
    ++made_;
    return write_own(folder / kStamp, stamp_of(making.command));
  }

  Expected<void> failure(const Making& making, bool ended_well) const {
    const fs::path log = fs::path(making.setting->folder) / kLog;
    std::string output = read_small_file(log).value_or("");
    if (output.size() > kShownOutput) output = "..." + output.substr(output.size() - kShownOutput);
    while (output.ends_with('\n')) output.pop_back();
    Terminal::write_stderr(output + "\n");
    return input_error(
        fmt::format("{}:{}", settings_file_, making.setting->line),
        ended_well ? fmt::format("the command left no {} for '{}'", kJobsFile, making.setting->text)
                   : fmt::format("the command failed for '{}'", making.setting->text),
        fmt::format("What it printed is above, and in {}", log.string()));
  }

  std::string settings_file_;
  std::vector<std::string> command_;
  bool again_;
  std::deque<Making> under_way_;
  std::size_t made_ = 0;
};

Expected<FolderJobs> read_jobs(const fs::path& file, std::string heading) {
  auto bytes = read_file(file.string(), "jobs file");
  if (!bytes) return tl::unexpected(bytes.error());
  auto text = JobsText::from(std::move(*bytes), file.string());
  if (!text) return tl::unexpected(text.error());
  const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
  return FolderJobs{folder, file.filename().string(), std::move(heading), std::move(*text)};
}

Expected<void> write_joined(const std::string& path, const std::vector<FolderJobs>& all) {
  auto own = check_is_own(path, kMark, "Move it away, or give another name with --output");
  if (!own) return own;
  const std::string text = fmt::format("#!/usr/bin/env bash\n{}: {} project{}\n", kMark, all.size(),
                                       all.size() == 1 ? "" : "s") +
                           joined_jobs(all);
  if (read_small_file(path) == text) return {};
  return write_own(path, text);
}

}  // namespace

Expected<int> sweep_command(const SweepOptionsGiven& options) {
  std::vector<FolderJobs> all;
  std::size_t made = 0;
  if (options.jobs_files.empty()) {
    if (options.command.empty()) {
      return input_error("sweep", "there is no command that makes a project",
                         "Give it behind --, for example: shoal sweep settings.txt -- asreview "
                         "makita template arfi {settings}");
    }
    const auto text = read_file(options.settings, "settings file");
    if (!text) return tl::unexpected(text.error());
    const auto settings = read_settings(*text, options.settings);
    if (!settings) return tl::unexpected(settings.error());
    ProjectMaker maker(options.settings, options.command, options.again);
    if (const auto outcome = maker.make(*settings); !outcome) {
      return tl::unexpected(outcome.error());
    }
    made = maker.made();
    for (const SweepSetting& setting : *settings) {
      auto jobs = read_jobs(fs::path(setting.folder) / kJobsFile, setting.text);
      if (!jobs) return tl::unexpected(jobs.error());
      all.push_back(std::move(*jobs));
    }
  }
  for (const std::string& file : options.jobs_files) {
    auto jobs = read_jobs(file, file);
    if (!jobs) return tl::unexpected(jobs.error());
    all.push_back(std::move(*jobs));
  }
  if (const auto written = write_joined(options.output, all); !written) {
    return tl::unexpected(written.error());
  }
  Terminal::write_stdout(
      fmt::format("{} holds {} project{}, {} of them made now. Next: shoal run {}\n",
                  options.output, all.size(), all.size() == 1 ? "" : "s", made, options.output));
  return exit_code::kAllDone;
}

}  // namespace shoal
