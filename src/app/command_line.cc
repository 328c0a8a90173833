#include "app/command_line.h"

#include <CLI/CLI.hpp>

#include "app/version.h"

namespace shoal {
namespace {

void add_plan_options(CLI::App& command, std::string& jobs_file, std::string& mode,
                      std::vector<std::string>& tables) {
  command.add_option("JOBS", jobs_file, "The jobs file: shell commands, one a line")->required();
  command
      .add_option("--mode", mode,
                  "How to order the commands: auto (by what they read and write), serial, stages "
                  "(before, simulate, after) or independent (no order at all)")
      ->capture_default_str();
  command
      .add_option("--commands", tables,
                  "A TOML file with rows for commands that shoal does not know; "
                  ".shoal/commands.toml is always read")
      ->type_name("FILE");
}

constexpr const char* kBrokerHelp =
    "Let workers run the commands, through the RabbitMQ broker at "
    "amqp[s]://user:password@host:port/vhost. What it leaves out comes from RABBITMQ_HOST, "
    "RABBITMQ_PORT, RABBITMQ_USER and RABBITMQ_PASS; 'env' takes all from there";

constexpr const char* kPrefixHelp =
    "What the keys in the bucket begin with (default: what the run has had, else S3_PREFIX, else "
    "the time at which the run was created, in ISO 8601)";

void add_listen(CLI::App& command, std::string& address) {
  command
      .add_option(
          "--listen", address,
          "Serve /metrics for Prometheus, /healthz and /readyz at this address, for example "
          "0.0.0.0:9464; without a host, for this machine only")
      ->type_name("[HOST:]PORT");
}

void add_run(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand("run", "Run a jobs file, or go on with it");
  run->footer(
      "The same command continues a run that was stopped, killed or had failures: what is done and "
      "unchanged is not run again.");
  add_plan_options(*run, options.jobs_file, options.mode, options.command_tables);
  run->add_option("-j,--slots", options.slots,
                  "How many commands to run at once (default: the cores of this machine or cgroup)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  run->add_option("--memory", options.memory,
                  "Memory for all commands together, for example 16G (default: nine tenths of what "
                  "the machine or cgroup has)")
      ->type_name("SIZE");
  run->add_option("--threads", options.threads,
                  "one: numeric libraries get one thread a command unless you set them (or as many "
                  "as its cpus= directive says); inherit: leave the environment alone")
      ->capture_default_str();
  run->add_option("--warm", options.warm,
                  "auto: Python commands begin in a process that has imported their modules, where "
                  "that leaves the same result; off: each one starts an interpreter")
      ->capture_default_str();
  run->add_flag("--verify-warm", options.verify_warm,
                "Start the first command of each kind cold and warm in scratch copies first, and "
                "let its kind start warm only if both leave the same");
  run->add_option("--retries", options.retries, "Try a failed command again so many times")
      ->type_name("N")
      ->capture_default_str();
  run->add_option("--timeout", options.timeout,
                  "Stop a command that takes longer, for example 2h (default: never)")
      ->type_name("TIME");
  run->add_option("--grace", options.grace,
                  "Time between asking a command to stop (TERM) and stopping it (KILL)")
      ->type_name("TIME")
      ->capture_default_str();
  auto* keep_going = run->add_flag("--keep-going", options.keep_going,
                                   "Go on after failures, as bash does (default)");
  run->add_option("--halt", options.halt, "Start nothing more after so many failures")
      ->type_name("N")
      ->excludes(keep_going);
  run->add_flag("--strict", options.strict,
                "Hold a command that reads a whole folder when some that write to it failed");
  run->add_flag(
      "--fresh", options.fresh,
      "Start a new run of everything. Deletes nothing: outputs that a command would refuse "
      "to overwrite are moved into the new run's folder");
  run->add_flag("--verify", options.verify,
                "Compare inputs by content, not by size and time, when going on");
  run->add_option("--broker", options.broker, kBrokerHelp)->type_name("URL");
  run->add_option("--lease", options.lease,
                  "With --broker: a worker that does not write to the shared folder for so long is "
                  "gone, and its commands run again elsewhere")
      ->type_name("TIME")
      ->capture_default_str();
  run->add_option("--upload", options.uploads,
                  "Which files to upload to S3 as soon as their command is done: metrics, "
                  "all-outputs, none, or a glob such as 'output/**/*.json'; may be given more than "
                  "once (default: metrics if an S3_* variable says where, else none)")
      ->type_name("WHAT");
  run->add_option("--s3-prefix", options.s3_prefix, kPrefixHelp)->type_name("PREFIX");
  add_listen(*run, options.listen);
  auto* quiet = run->add_flag("-q,--quiet", options.quiet, "Show failures and the summary only");
  run->add_flag("-v,--verbose", options.verbose, "Show every command that ends")->excludes(quiet);
}

void add_worker(CLI::App& app, WorkerOptionsGiven& options) {
  CLI::App* worker = app.add_subcommand("worker", "Run commands for taskers, through a broker");
  worker->footer(
      "Start it in the run's folder, on any number of machines that share that folder at any path, "
      "before or after the tasker (shoal run jobs.sh --broker ...). It leaves when the run is "
      "finished. TERM lets its commands finish within the grace; a second one stops them. Their "
      "messages go back to the queue.");
  worker->add_option("--broker", options.broker, kBrokerHelp)->type_name("URL");
  worker
      ->add_option(
          "-j,--slots", options.slots,
          "How many commands to run at once (default: the cores of this machine or cgroup)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  worker
      ->add_option("--memory", options.memory,
                   "Memory for all commands together (default: nine tenths of what the machine or "
                   "cgroup has)")
      ->type_name("SIZE");
  worker->add_option("-C,--workdir", options.folder, "The run's folder on this machine")
      ->type_name("DIR")
      ->capture_default_str();
  worker
      ->add_option("--class", options.classes,
                   "Which commands to take: default, or large for those that need more memory than "
                   "the workers of the class default have; may be given more than once")
      ->type_name("CLASS")
      ->check(CLI::IsMember({"default", "large"}))
      ->capture_default_str();
  worker->add_option("--idle-exit", options.idle_exit, "Leave after so long with nothing to do")
      ->type_name("TIME");
  worker->add_option("--warm", options.warm, "auto or off; see shoal run --help")
      ->capture_default_str();
  worker->add_flag("--keep", options.keep, "Stay for the next run when one is finished");
  worker
      ->add_option("--crew", options.crew,
                   "Workers that were started together, for one run, under any name that was not "
                   "used before: one of them that comes when the run is finished leaves, too")
      ->type_name("NAME");
  worker->add_option("--grace", options.grace, "Time for commands to finish when asked to leave")
      ->type_name("TIME")
      ->capture_default_str();
  worker
      ->add_option("--ready-file", options.ready_file,
                   "A file that is there while the worker is connected to the broker")
      ->type_name("FILE");
  worker
      ->add_option("--alive-file", options.alive_file,
                   "A file whose time is never older than a few seconds while the worker lives")
      ->type_name("FILE");
  add_listen(*worker, options.listen);
}

void add_split(CLI::App& app, SplitOptionsGiven& options) {
  CLI::App* split = app.add_subcommand(
      "split", "Write a jobs file in three parts, for those who run it by other means");
  split->footer(
      "JOBS.part1 is for bash; JOBS.part2 holds a line for each simulation, to be run in any order "
      "and any number at once; JOBS.part3 is for bash. Each part must be over before the next one "
      "begins.");
  split->add_option("JOBS", options.jobs_file, "The jobs file: shell commands, one a line")
      ->required();
  split->add_option("--commands", options.command_tables, "As of shoal run")->type_name("FILE");
}

void add_sweep(CLI::App& app, SweepOptionsGiven& options) {
  CLI::App* sweep =
      app.add_subcommand("sweep", "Make a project for each setting, and one jobs file of them all");
  sweep->footer(
      "For each line of SETTINGS, COMMAND is run in a folder that is named after the line; it must "
      "leave a jobs.sh there. A word {settings} in it becomes the line's words, and {name} the "
      "folder's name. Projects that are there already, made by the same command, are left as they "
      "are. For example:\n"
      "  shoal sweep makita-args.txt -- asreview makita template arfi -d ../data {settings}\n"
      "  shoal run sweep.sh");
  auto* settings = sweep->add_option("SETTINGS", options.settings, "A file with a setting a line");
  sweep->add_option("COMMAND", options.command, "What makes a project (behind --)")
      ->needs(settings);
  sweep
      ->add_option("--jobs", options.jobs_files,
                   "Join jobs files that are there already, each to be run in its own folder")
      ->type_name("FILE")
      ->excludes(settings);
  sweep->add_option("-o,--output", options.output, "The jobs file to write")
      ->type_name("FILE")
      ->capture_default_str();
  sweep->add_flag("--again", options.again, "Make all projects again, for example from new data");
}

constexpr const char* kRunHelp = "A run's id, or the end of it (default: the newest run)";

void add_folder(CLI::App& command, LookOptions& options) {
  command.add_option("-C,--folder", options.folder, "The project folder, which holds .shoal")
      ->type_name("DIR")
      ->capture_default_str();
}

void add_upload(CLI::App& app, UploadOptionsGiven& options) {
  CLI::App* upload =
      app.add_subcommand("upload", "Upload files of a run to S3, after it has ended");
  upload->footer(
      "Sends what the commands that are done have written; what is in the bucket already, with the "
      "same checksum, is not sent again.");
  upload->add_option("RUN", options.run, kRunHelp);
  upload
      ->add_option("--glob", options.globs,
                   "Which of the files: a glob such as 'output/**/*.json', metrics or all-outputs; "
                   "may be given more than once (default: metrics)")
      ->type_name("GLOB");
  upload->add_option("--commands", options.command_tables, "As of shoal run")->type_name("FILE");
  upload->add_option("--s3-prefix", options.s3_prefix, kPrefixHelp)->type_name("PREFIX");
  upload->add_option("-C,--folder", options.folder, "The project folder, which holds .shoal")
      ->type_name("DIR")
      ->capture_default_str();
}

}  // namespace

std::unique_ptr<CLI::App> make_command_line(Options& options) {
  auto app = std::make_unique<CLI::App>(
      "Runs very large lists of shell commands in the right order, on all cores", "shoal");
  app->set_version_flag("--version", version_text());
  app->require_subcommand(0, 1);  // so that an unknown one is called so; main asks for one
  app->get_formatter()->column_width(34);

  add_run(*app, options.run);

  add_worker(*app, options.worker);

  CLI::App* doctor = app->add_subcommand(
      "doctor", "Check the folder, the broker and the workers, and say what to do");
  doctor->add_option("--broker", options.doctor.broker, kBrokerHelp)->type_name("URL");
  doctor->add_option("-C,--folder", options.doctor.folder, "The run's folder")
      ->type_name("DIR")
      ->capture_default_str();

  doctor->add_flag("--s3", options.doctor.s3,
                   "Put, get and delete a small object in the bucket, as the environment says");

  add_upload(*app, options.upload);

  CLI::App* plan =
      app->add_subcommand("plan", "Show in which order a jobs file would run, and why");
  add_plan_options(*plan, options.plan.jobs_file, options.plan.mode, options.plan.command_tables);
  plan->add_option("--format", options.plan.format, "text, json or dot (for Graphviz)")
      ->capture_default_str();

  add_split(*app, options.split);
  add_sweep(*app, options.sweep);

  CLI::App* status = app->add_subcommand("status", "Show how far a run is");
  status->add_option("RUN", options.look.run, kRunHelp);
  add_folder(*status, options.look);
  add_folder(*app->add_subcommand("runs", "List the runs of this folder"), options.look);

  CLI::App* cancel =
      app->add_subcommand("cancel", "Stop a run, wherever it is, and all that it runs");
  cancel->add_option("RUN", options.look.run, kRunHelp);
  add_folder(*cancel, options.look);

  CLI::App* logs = app->add_subcommand("logs", "Show what a command printed");
  logs->add_option("ID", options.look.command, "The command's number")->required();
  logs->add_flag("-f,--follow", options.look.follow, "Go on showing while the command runs");
  logs->add_option("--run", options.look.run, kRunHelp)->type_name("RUN");
  add_folder(*logs, options.look);

  CLI::App* report = app->add_subcommand("report", "Show or export what a run did");
  report->add_option("RUN", options.look.run, kRunHelp);
  auto* joblog = report->add_flag("--joblog", options.look.joblog,
                                  "Every attempt as a row of GNU parallel's joblog format");
  report
      ->add_flag("--trace", options.look.trace,
                 "Every attempt as a Chrome trace (JSON), to open in Perfetto")
      ->excludes(joblog);
  add_folder(*report, options.look);

  app->add_subcommand("try-starts", "For shoal itself")
      ->group("")
      ->add_option("TASK", options.task_file)
      ->required();

  CLI::App* completion = app->add_subcommand("completion", "Print a completion script for a shell");
  completion->add_option("SHELL", options.shell, "bash")->capture_default_str();
  app->add_subcommand("man", "Print the manual page (troff); read it with: shoal man | man -l -");
  return app;
}

}  // namespace shoal
