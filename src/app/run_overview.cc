#include "app/run_overview.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>

#include "amqp/cluster_report.h"
#include "app/manifest.h"
#include "app/run_report.h"
#include "base/text.h"
#include "exec/clock.h"

namespace shoal {
namespace {

/// A command that was running when its process died waits for the next one.
CommandState state_of(const CommandRecord& command, bool run_is_alive) {
  if (command.state == CommandState::running && !run_is_alive) return CommandState::waiting;
  return command.state;
}

void count(CommandState state, Scheduler::Counts& counts) {
  switch (state) {
    case CommandState::running:
      ++counts.running;
      break;
    case CommandState::done:
      ++counts.done;
      break;
    case CommandState::failed:
      ++counts.failed;
      break;
    case CommandState::skipped:
      ++counts.skipped;
      break;
    case CommandState::held:
      ++counts.held;
      break;
    case CommandState::not_reached:
    case CommandState::waiting:
    case CommandState::ready:
      break;
  }
}

RunState run_state(const FoundRun& run, const Scheduler::Counts& counts) {
  if (run.alive) return RunState::running;
  if (!run.record.close) return RunState::interrupted;
  return counts.waiting == 0 && counts.not_reached == 0 ? RunState::finished : RunState::stopped;
}

Trouble trouble_of(const FoundRun& run, const CommandRecord& command, CommandState state,
                   const CommandTexts& texts) {
  Trouble trouble;
  trouble.command = command.command;
  trouble.line = texts.line(command.command);
  trouble.text = texts.text(command.command);
  trouble.state = state;
  trouble.end = command.end;
  trouble.exit_code = command.exit_code;
  trouble.signal = command.signal;
  trouble.detail = run.record.detail(command);
  if (state == CommandState::failed) {
    const std::string logs = run.folder.logs(run.id, run.record.worker(command));
    trouble.last_output = last_lines(logs, command.log, kOutputLines);
  }
  return trouble;
}

void add_details(const FoundRun& run, const CommandTexts& texts, RunOverview& overview) {
  for (const CommandRecord& command : run.record.commands) {
    const CommandState state = state_of(command, run.alive);
    if (state == CommandState::running) {
      overview.running.push_back(RunOverview::Running{command.command, texts.line(command.command),
                                                      texts.text(command.command),
                                                      wall_now() - command.started});
    } else if (state == CommandState::failed || state == CommandState::skipped ||
               state == CommandState::held) {
      overview.troubles.push_back(trouble_of(run, command, state, texts));
    }
    if (state == CommandState::done && command.incomplete.total > 0) {
      overview.incomplete.push_back(IncompleteOutput{
          command.command, one_line(texts.text(command.command), 80), command.incomplete});
    }
  }
  for (const VerifyRecord& record : run.record.verified) {
    overview.verified.push_back(
        {record.verified, std::string(texts.text(record.verified.command))});
  }
  std::sort(overview.running.begin(), overview.running.end(),
            [](const auto& a, const auto& b) { return a.elapsed > b.elapsed; });
  sort_troubles(overview.troubles);
}

std::optional<Duration> age_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const WallTime modified{std::chrono::seconds(status.st_mtim.tv_sec) +
                          Duration(status.st_mtim.tv_nsec / 1000)};
  return std::max(Duration{0}, wall_now() - modified);
}

/// Of what the journal calls running, some may wait at the broker.
void add_cluster(const ClusterReport& report, bool run_is_alive, RunOverview& overview) {
  RunOverview::Cluster cluster;
  cluster.broker = report.broker;
  cluster.connected = report.connected && run_is_alive;
  cluster.queued = report.queued;
  cluster.dead_letters = report.dead_letters;
  cluster.age = std::max(Duration{0}, wall_now() - report.time);
  std::set<CommandId> running;
  for (const ClusterReport::Worker& worker : report.workers) {
    running.insert(worker.running.begin(), worker.running.end());
    cluster.workers.push_back({worker.name, worker.host, worker.slots,
                               static_cast<std::uint32_t>(worker.running.size()),
                               std::max(Duration{0}, wall_now() - worker.last_seen)});
  }
  std::erase_if(overview.running,
                [&](const auto& each) { return !running.contains(each.command); });
  if (run_is_alive) {
    const auto count =
        std::min(overview.counts.running, static_cast<std::uint32_t>(running.size()));
    overview.counts.waiting += overview.counts.running - count;
    overview.counts.running = count;
  }
  overview.cluster = std::move(cluster);
  overview.resume_command += " --broker ...";
}

}  // namespace

LocalTime local_time(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = whole.time_since_epoch().count();
  std::tm broken_down{};
  ::localtime_r(&seconds, &broken_down);
  return LocalTime{time.time_since_epoch() + std::chrono::seconds(broken_down.tm_gmtoff)};
}

RunOverview overview_of(const FoundRun& run, const CommandTexts* texts) {
  RunOverview overview;
  overview.run_id = run.id.text();
  overview.jobs_file = std::filesystem::path(run.record.header.jobs_file).filename().string();
  overview.created = local_time(run.record.header.created);
  if (!run.record.opens.empty()) {
    const OpenRecord& open = run.record.opens.back();
    overview.pid = open.pid;
    overview.host = open.host;
    overview.counts.total = open.commands;
  }
  for (const CommandRecord& command : run.record.commands) {
    count(state_of(command, run.alive), overview.counts);
  }
  Scheduler::Counts& counts = overview.counts;
  const std::uint32_t known =
      counts.running + counts.done + counts.failed + counts.skipped + counts.held;
  counts.waiting = counts.total - std::min(counts.total, known);
  overview.state = run_state(run, counts);
  overview.since_last_event = age_of(run.folder.journal(run.id));
  overview.run_folder = short_path(run.folder.run(run.id));
  overview.resume_command = "shoal run " + shell_quoted(overview.jobs_file);
  overview.uploads = count_uploads(run.record);
  if (const OpenRecord* target = run.record.last_upload_target()) {
    overview.upload_place = fmt::format("s3://{}/{}", target->bucket, target->prefix);
  }
  overview.warm = run.record.warm_attempts;
  overview.cold = run.record.cold_attempts;
  overview.spared = run.record.spared;
  if (texts != nullptr) add_details(run, *texts, overview);
  if (const auto report = read_cluster_report(run.folder.run(run.id))) {
    add_cluster(*report, run.alive, overview);
  }
  return overview;
}

}  // namespace shoal
