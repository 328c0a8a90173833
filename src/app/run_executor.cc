#include "app/run_executor.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "amqp/lease_folder.h"
#include "amqp/lease_wait.h"
#include "amqp/work_folder.h"
#include "app/broker_choice.h"
#include "s3/upload_follow_up.h"

namespace shoal {
namespace {

/// Attempts that the journal knows to have started, and no end of.
struct Unfinished {
  std::set<TaskId> wanted;   // may go on: their commands are as they were, and wait for nothing
  std::set<CommandId> lost;  // what they do is not wanted any more
};

/// By node (number - 1): something that it waits for is not done, and runs
/// before it.
std::vector<bool> waiting_nodes(const Graph& graph, const Scheduler::Resume& resume) {
  std::vector<bool> waits(graph.node_count());
  for (const NodeId node : graph.topological_order()) {
    const std::size_t at = number(node) - 1;
    const bool is_done = !graph.is_command(node) || resume.done[at] || resume.made[at];
    if (is_done && !waits[number(node) - 1]) continue;
    for (const Edge edge : graph.successors(node)) waits[number(edge.to) - 1] = true;
  }
  return waits;
}

Unfinished find_unfinished(const RunChoice& run, const std::vector<CommandKey>& keys,
                           const Graph& graph) {
  Unfinished unfinished;
  const std::vector<bool> waits = waiting_nodes(graph, run.resume);
  for (const CommandRecord& record : run.record.commands) {
    if (record.state != CommandState::running) continue;
    const std::size_t index = number(record.command) - 1;
    const bool is_as_it_was = index < keys.size() && keys[index] == record.key;
    if (is_as_it_was && !run.resume.done[index] && !waits[index]) {
      unfinished.wanted.insert(TaskId{record.command, AttemptNumber{record.attempts}});
    } else {
      unfinished.lost.insert(record.command);
    }
  }
  return unfinished;
}

/// Numbers that workers may know belong to what they know.
void skip_used_attempts(RunChoice& run) {
  for (std::size_t i = 0; i < run.resume.attempts.size(); ++i) {
    const auto* record = run.record.find(CommandId{static_cast<std::uint32_t>(i + 1)});
    if (record != nullptr) {
      run.resume.attempts[i] = std::max(run.resume.attempts[i], record->attempts);
    }
  }
}

/// Null without --verify-warm.
std::unique_ptr<StartVerifier> make_verifier(ExecutorEvents& events, const RunSettings& settings,
                                             const RunChoice& run,
                                             const std::vector<std::uint64_t>& shapes) {
  if (!settings.verify_warm) return nullptr;
  StartVerifierOptions options;
  options.kind_of = [&shapes](CommandId id) { return shapes[number(id) - 1]; };
  options.known = run.record.verdicts();
  return std::make_unique<StartVerifier>(events, std::move(options));
}

Expected<RunExecutor> make_local(asio::io_context& io, ExecutorEvents& events,
                                 const Project& project, const RunSettings& settings,
                                 const Shell& shell, const RunChoice& run,
                                 const std::vector<std::uint64_t>& shapes,
                                 std::shared_ptr<LazyUploader> uploader) {
  RunExecutor executor;
  executor.verifier = make_verifier(events, settings, run, shapes);
  ExecutorEvents& heard = executor.verifier ? *executor.verifier : events;
  LocalExecutorOptions options;
  options.working_directory = project.working_directory();
  options.run_folder = project.folder().run(run.id);
  options.shell = shell;
  options.slots = settings.slots;
  options.memory_limit = settings.memory;
  options.kept_open = {run.lock.descriptor()};
  if (settings.warm) options.warm_knowledge = project.folder().warm_knowledge();
  auto follow_up = upload_after(io, std::move(uploader), options.working_directory);
  auto made = FollowedExecutor::create(io, heard, std::move(options), follow_up);
  if (!made) return tl::unexpected(made.error());
  executor.local = std::move(*made);
  if (executor.verifier) {
    executor.trials = std::make_unique<ScratchTrials>(project, executor.local->processes(),
                                                      project.folder().run(run.id));
    executor.verifier->use(*executor.local, *executor.trials);
  }
  return executor;
}

Expected<RunExecutor> make_broker(asio::io_context& io, ExecutorEvents& events,
                                  const Project& project, const RunSettings& settings,
                                  TakenUp taken_up, const RunChoice& run) {
  auto folder_id = work_folder_id(project.working_directory());
  if (!folder_id) return tl::unexpected(folder_id.error());
  const std::string run_folder = project.folder().run(run.id);
  BrokerExecutorOptions options{
      .broker = *settings.broker,
      .link = link_options("shoal run " + run.id.text()),
      .names = {},
      .run = {.run = run.id,
              .folder = std::move(*folder_id),
              .resource_classes = {std::string(kDefaultClass), std::string(kLargeClass)},
              .run_folder = std::filesystem::path(run_folder)
                                .lexically_relative(project.working_directory())
                                .string(),
              .interpreter = std::string(project.text().interpreter()),
              .script = project.given_name(),
              .snapshots = project.takes_snapshots(),
              .lease_death = taken_up.lease_death},
      .run_folder = run_folder};
  auto made = BrokerExecutor::create(io, events, std::move(options), std::move(taken_up.tasks));
  if (!made) return tl::unexpected(made.error());
  RunExecutor executor;
  executor.broker = std::move(*made);
  return executor;
}

}  // namespace

Expected<TakenUp> take_up(const Project& project, const RunSettings& settings,
                          const std::vector<CommandKey>& keys, RunChoice& run,
                          const std::function<void(std::string_view)>& notice) {
  const LeaseFolder leases(project.folder().run(run.id));
  if (!settings.broker && !leases.exists()) return TakenUp();  // no worker took part
  Unfinished unfinished = find_unfinished(run, keys, project.plan().graph());
  if (!settings.broker) {
    for (const TaskId task : unfinished.wanted) unfinished.lost.insert(task.command);
    unfinished.wanted.clear();
  } else {
    if (auto made = leases.make(); !made) return tl::unexpected(made.error());
    skip_used_attempts(run);
    for (const TaskId task : unfinished.wanted) {
      run.resume.attempts[number(task.command) - 1] = number(task.attempt) - 1;
    }
  }
  const auto death = leases.agree_on_death(settings.lease_death);
  if (!death) return tl::unexpected(death.error());
  if (auto kept = keep_workers_from(unfinished.lost, leases, *death, notice); !kept) {
    return tl::unexpected(kept.error());
  }
  return TakenUp{std::move(unfinished.wanted), *death};
}

Expected<RunExecutor> make_executor(asio::io_context& io, ExecutorEvents& events,
                                    const Project& project, const RunSettings& settings,
                                    const Shell& shell, const RunChoice& run,
                                    const std::vector<std::uint64_t>& shapes, TakenUp taken_up,
                                    std::shared_ptr<LazyUploader> uploader) {
  return settings.broker
             ? make_broker(io, events, project, settings, std::move(taken_up), run)
             : make_local(io, events, project, settings, shell, run, shapes, std::move(uploader));
}

MakeFollowUp upload_after(asio::io_context& io, std::shared_ptr<LazyUploader> uploader,
                          std::string working_directory) {
  return [&io, uploader = std::move(uploader),
          folder = std::move(working_directory)](ExecutorEvents& events) {
    UploadFollowUpOptions options;
    options.working_directory = folder;
    return std::make_unique<UploadFollowUp>(io, events, uploader, std::move(options));
  };
}

void close(RunExecutor& executor, asio::io_context& io, BrokerExecutor::Goodbye goodbye) {
  if (!executor.broker) return;
  executor.broker->close(goodbye);
  io.restart();
  io.run();
}

}  // namespace shoal
