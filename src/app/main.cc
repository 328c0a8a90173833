#include <CLI/CLI.hpp>
#include <csignal>
#include <string>

#include "app/broker_choice.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/completion.h"
#include "app/man_page.h"
#include "app/option_walk.h"
#include "app/terminal.h"
#include "app/version.h"

namespace shoal {
namespace {

Expected<int> completion_command(const CLI::App& app, const std::string& shell) {
  if (shell != "bash") {
    return input_error("completion", "there is no completion for '" + shell + "'", "Use bash");
  }
  const OptionChoices choices = {{"--mode", {"auto", "serial", "stages", "independent"}},
                                 {"--format", {"text", "json", "dot"}},
                                 {"--threads", {"one", "inherit"}},
                                 {"--upload", {"metrics", "all-outputs", "none"}},
                                 {"SHELL", {"bash"}}};
  Terminal::write_stdout(bash_completion(app, choices));
  return exit_code::kAllDone;
}

Expected<int> man_command(const CLI::App& app) {
  ManPageFacts facts;
  facts.version = "shoal " + version_number();
  facts.date = "2026-11-30";
  facts.sections = {{"EXIT STATUS",
                     "0: everything is done.\n\n1: some commands failed, were skipped, or their "
                     "files could not be uploaded.\n\n"
                     "2: the input or the usage is wrong; nothing was started.\n\n"
                     "3: a disk, a lock or the broker failed.\n\n"
                     "130: the user stopped the run, by Ctrl-C or shoal cancel.\n\n"
                     "143: it was asked to leave (TERM)."},
                    {"FILES",
                     ".shoal/runs/RUN/journal.jsonl: what a run did, one JSON object a line.\n\n"
                     ".shoal/runs/RUN/logs/: what its commands printed.\n\n"
                     ".shoal/commands.toml: rows for commands that shoal does not know."}};
  Terminal::write_stdout(man_page(app, facts));
  return exit_code::kAllDone;
}

Expected<int> dispatch(const CLI::App& app, const Options& options) {
  if (app.get_subcommands().empty()) {
    Terminal::write_stderr(app.help());
    return exit_code::kBadInput;
  }
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "run") return run_command(options.run);
  if (name == "worker") return worker_command(options.worker);
  if (name == "doctor") return doctor_command(options.doctor);
  if (name == "upload") return upload_command(options.upload);
  if (name == "cancel") return cancel_command(options.look);
  if (name == "plan") return plan_command(options.plan);
  if (name == "split") return split_command(options.split);
  if (name == "sweep") return sweep_command(options.sweep);
  if (name == "status") return status_command(options.look);
  if (name == "runs") return runs_command(options.look);
  if (name == "logs") return logs_command(options.look);
  if (name == "report") return report_command(options.look);
  if (name == "try-starts") return try_starts_command(options.task_file);
  if (name == "completion") return completion_command(app, options.shell);
  return man_command(app);
}

int run_main(int argc, char** argv) {
  // A reader that leaves early (| head) is no reason to die in the middle.
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  const auto app = make_command_line(options);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app->exit(error) == 0 ? exit_code::kAllDone : exit_code::kBadInput;
  }
  hide_passwords(argc, argv);
  const auto code = dispatch(*app, options);
  if (code) return *code;
  Terminal::write_stderr("shoal: " + code.error().sentence() + "\n");
  return code.error().kind == ErrorKind::input ? exit_code::kBadInput : exit_code::kInfrastructure;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::run_main(argc, argv); }
