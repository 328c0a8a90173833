#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "app/attempt_builder.h"
#include "app/broker_choice.h"
#include "app/commands.h"
#include "app/manifest.h"
#include "app/project.h"
#include "app/run_choice.h"
#include "app/run_executor.h"
#include "app/run_report.h"
#include "app/run_session.h"
#include "app/run_settings.h"
#include "app/status_publisher.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/text.h"
#include "exec/clock.h"
#include "exec/local_executor.h"
#include "exec/machine.h"
#include "exec/shell.h"
#include "job/words.h"
#include "journal/journal.h"
#include "journal/resume.h"
#include "sched/scheduler.h"
#include "view/summary.h"

namespace shoal {
namespace {

constexpr double kAnyCpus = 1e9;

std::vector<std::uint64_t> command_shapes(const Plan& plan) {
  std::vector<std::uint64_t> shapes;
  shapes.reserve(plan.command_count());
  for (const Command& command : plan.commands()) shapes.push_back(command_shape(command.text));
  return shapes;
}

ShapeHistory load_history(const ShoalFolder& folder) {
  const auto text = read_file(folder.history(), "history");
  return text ? ShapeHistory::from_jsonl(*text) : ShapeHistory();
}

/// History is advice: a failure to keep it is not worth a word.
void save_history(const ShoalFolder& folder, const ShapeHistory& history) {
  const std::string temporary = folder.history() + ".new";
  std::ofstream(temporary) << history.to_jsonl();
  std::error_code ignored;
  std::filesystem::rename(temporary, folder.history(), ignored);
}

HeaderRecord make_header(const Project& project, const RunId& id) {
  return HeaderRecord{id.text(), version_number(), project.jobs_file(), project.working_directory(),
                      wall_now()};
}

OpenRecord make_open(const Project& project, const RunSettings& settings) {
  OpenRecord record{wall_now(),
                    host_name(),
                    ::getpid(),
                    settings.slots,
                    project.plan().command_count(),
                    std::string(plan_mode_text(project.plan().mode()))};
  if (settings.uploads) {
    record.bucket = settings.uploads->target().bucket;
    record.prefix = settings.uploads->target().prefix;
  }
  return record;
}

/// Where uploads are not wanted, what only lacks its upload is done.
void settle_uploads(const RunOptions& options, RunSettings& settings, RunChoice& run) {
  if (settings.uploads) {
    const WallTime created = run.resumed ? run.record.header.created : wall_now();
    settings.uploads->set_target(target_of(settings.uploads->target(), !options.s3_prefix.empty(),
                                           run.resumed ? &run.record : nullptr, created));
    return;
  }
  for (std::size_t i = 0; i < run.resume.made.size(); ++i) {
    if (!run.resume.made[i]) continue;
    run.resume.made[i] = false;
    run.resume.done[i] = true;
    ++run.already_done;
  }
}

/// The last thing that is uploaded. False: it could not be, which was said.
bool send_manifest(const Project& project, const RunSettings& settings, const RunChoice& run,
                   const SessionOutcome& outcome, LazyUploader& uploader) {
  const bool ended = !outcome.interrupted && !outcome.detached && !outcome.infrastructure_error;
  if (!settings.uploads || !ended) return true;
  const auto sent = upload_manifest(project.folder().journal(run.id), project.folder().run(run.id),
                                    settings.uploads->target(), uploader);
  if (sent) return true;
  Terminal::write_stderr("The manifest was not uploaded: " + sent.error().sentence() + "\n");
  return false;
}

/// What is worth a word before the first command starts: inputs that nothing
/// makes, and what the plan found. bash would start all the same, and so does
/// shoal.
void print_findings(const Project& project) {
  for (const Finding& finding : project.findings()) {
    if (finding.severity == Severity::note) continue;
    const std::string place =
        finding.line > 0 ? fmt::format("{}:{}: ", project.given_name(), finding.line) : "";
    Terminal::write_stderr(fmt::format("{}{}\n", place, finding.message));
  }
}

int exit_code_of(const SessionOutcome& outcome) {
  if (outcome.infrastructure_error) return exit_code::kInfrastructure;
  if (outcome.interrupted && (outcome.detached || outcome.counts.not_reached > 0)) {
    return outcome.signal == 0 ? exit_code::kInterrupted : exit_code::after_signal(outcome.signal);
  }
  return outcome.counts.done == outcome.counts.total ? exit_code::kAllDone : exit_code::kSomeFailed;
}

BrokerExecutor::Goodbye goodbye_of(const SessionOutcome& outcome) {
  if (outcome.detached || outcome.infrastructure_error) return BrokerExecutor::Goodbye::detached;
  return outcome.interrupted ? BrokerExecutor::Goodbye::stopped : BrokerExecutor::Goodbye::finished;
}

ClusterMetrics cluster_metrics(const ClusterReport& report) {
  ClusterMetrics metrics;
  metrics.connected = report.connected;
  metrics.queued = report.queued;
  metrics.dead_letters = report.dead_letters;
  metrics.workers = static_cast<std::uint32_t>(report.workers.size());
  for (const ClusterReport::Worker& worker : report.workers) {
    metrics.slots += worker.slots;
    metrics.busy += static_cast<std::uint32_t>(worker.running.size());
  }
  return metrics;
}

StatusPages pages_of(const RunSession& session, const RunExecutor& executor) {
  RunMetrics metrics{own_process_metrics(), session.progress(), session.attempts(), std::nullopt};
  if (executor.broker) metrics.cluster = cluster_metrics(executor.broker->cluster());
  const bool ready = !metrics.cluster || metrics.cluster->connected;
  return {metrics_text(metrics), ready ? "" : "there is no connection to the broker"};
}

}  // namespace

Expected<int> run_command(const RunOptions& options) {
  auto settings = check(options);
  if (!settings) return tl::unexpected(settings.error());
  auto server = StatusServer::listen(options.listen);
  if (!server) return tl::unexpected(server.error());
  const auto loaded = Project::load(options.jobs_file, options.mode, options.command_tables);
  if (!loaded) return tl::unexpected(loaded.error());
  const Project& project = *loaded;
  const auto shell =
      find_run_shell(project.text().interpreter(), project.takes_snapshots(), project.given_name());
  if (!shell) return tl::unexpected(shell.error());

  // Of a long list these take as long as the keys, and nothing waits for them.
  auto coming_shapes =
      std::async(std::launch::async, [&] { return command_shapes(project.plan()); });
  const std::vector<CommandKey> keys = command_keys(project.plan());
  auto chosen = choose_run(project, keys, RunChoiceOptions{options.fresh, options.verify});
  if (!chosen) return tl::unexpected(chosen.error());
  RunChoice& run = *chosen;
  settle_uploads(options, *settings, run);

  const Terminal terminal = Terminal::detect();
  if (!run.resumed || !run.everything_done()) print_findings(project);
  if (settings->verify_warm && !run.everything_done()) {
    run.notes.emplace_back(
        "The first command of each kind is tried cold and warm before it starts.");
  }
  for (const std::string& note : run.notes) Terminal::write_stderr(note + "\n");

  const std::vector<std::uint64_t> shapes = coming_shapes.get();
  ShapeHistory history = load_history(project.folder());
  run.teach(history, keys, shapes);

  auto taken_up = take_up(project, *settings, keys, run, [](std::string_view sentence) {
    Terminal::write_stderr(std::string(sentence) + "\n");
  });
  if (!taken_up) return tl::unexpected(taken_up.error());

  AttemptBuilder builder(
      project, keys,
      AttemptDefaults{settings->timeout, settings->grace, settings->limit_threads, options.verify,
                      settings->uploads, [verdicts = run.record.verdicts(), &shapes](CommandId id) {
                        const auto found = verdicts.find(shapes[number(id) - 1]);
                        return found != verdicts.end() && found->second != StartVerdict::equal;
                      }});
  run.prepare(builder, keys);

  SchedulerOptions scheduling;
  if (settings->broker) {
    scheduling.cpus = kAnyCpus;  // each worker looks after its own
  } else {
    scheduling.slots = settings->slots;
    scheduling.cpus = settings->slots;
    scheduling.memory = settings->memory;
  }
  scheduling.retries.failed = options.retries;
  scheduling.halt_after = options.halt;
  scheduling.strict = options.strict;
  Workload workload;
  workload.graph = &project.plan().graph();
  workload.shape = [&](CommandId id) { return shapes[number(id) - 1]; };
  workload.directives = [&](CommandId id) { return project.plan().directives(id); };
  workload.exits_on_error = [&](CommandId id) {
    const Command& command = project.plan().command(id);
    return command.effect == ShellEffect::none &&
           project.plan().state().may_exit_on_error(command.state);
  };
  Scheduler scheduler(workload, history, scheduling, run.resume);

  RunView view(
      run_texts(project),
      ViewOptions{options.quiet     ? Verbosity::quiet
                  : options.verbose ? Verbosity::verbose
                                    : Verbosity::normal,
                  terminal.live(), terminal.stderr_style().color, terminal.stderr_style().unicode},
      [](std::string_view text) { Terminal::write_stderr(text); });

  for (std::uint32_t i = 0; i < project.plan().command_count(); ++i) {
    if (run.resume.done[i]) view.on_done_before(CommandId{i + 1});
  }

  asio::io_context io(1);
  RunSession session(io);
  const auto uploader = std::make_shared<LazyUploader>(process_sources(), UploaderOptions{});
  // A guardian must be forked before the journal starts its thread.
  auto executor = make_executor(io, session, project, *settings, *shell, run, shapes,
                                std::move(*taken_up), uploader);
  if (!executor) return tl::unexpected(executor.error());
  auto journal = JournalWriter::open(project.folder().journal(run.id));
  if (!journal) return tl::unexpected(journal.error());
  if (!run.resumed) (*journal)->append(make_header(project, run.id));
  (*journal)->append(make_open(project, *settings));
  if (const auto flushed = (*journal)->flush(); !flushed) return tl::unexpected(flushed.error());

  StatusPublisher status(io, std::move(*server), [&] { return pages_of(session, *executor); });
  status.start();
  SessionOutcome outcome = session.run(
      RunSession::Parts{&project, &keys, &shapes, &scheduler, &builder, journal->get(), &view,
                        &terminal, executor->get(), project.folder().cancel_file(run.id)});
  status.stop();
  int code = exit_code_of(outcome);
  if (const auto flushed = (*journal)->flush(); !flushed && !outcome.infrastructure_error) {
    outcome.infrastructure_error = flushed.error();
  }
  if (!send_manifest(project, *settings, run, outcome, *uploader)) {
    code = std::max(code, exit_code::kSomeFailed);
  }
  (*journal)->append(CloseRecord{wall_now(), code});
  if (const auto flushed = (*journal)->flush(); !flushed && !outcome.infrastructure_error) {
    outcome.infrastructure_error = flushed.error();
  }
  close(*executor, io, goodbye_of(outcome));  // only now may the broker forget the results
  save_history(project.folder(), history);
  RunSummary summary = summarize(project, run, outcome);
  if (settings->uploads) summary.upload_place = settings->uploads->place();
  if (settings->broker) summary.resume_command += " --broker ...";
  if (executor->local) {
    summary.threads_limited =
        settings->limit_threads && executor->local->processes().limits_threads();
    summary.cores = usable_cores();
    summary.warm_trouble = executor->local->processes().warm_trouble();
  }
  Terminal::write_stderr(summary_text(summary, terminal.stderr_style()));
  if (outcome.infrastructure_error) return tl::unexpected(*outcome.infrastructure_error);
  return code;
}

}  // namespace shoal
