#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/commands.h"
#include "app/run_lookup.h"
#include "app/terminal.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr int kLooks = 100;
constexpr auto kBetweenLooks = 100ms;

}  // namespace

/// The run's process looks for the file every second and takes it away.
Expected<int> cancel_command(const LookOptions& options) {
  const auto run = find_run(options);
  if (!run) return tl::unexpected(run.error());
  if (!run->alive) {
    Terminal::write_stderr(
        fmt::format("No process works on run {}: there is nothing to stop.\n", run->id.text()));
    return exit_code::kAllDone;
  }
  const std::string file = run->folder.cancel_file(run->id);
  if (!(std::ofstream(file) << "cancel\n")) {
    return infrastructure_error(file, "cannot write it");
  }
  for (int i = 0; i < kLooks; ++i) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
      Terminal::write_stderr(
          fmt::format("Run {} stops: its commands are told to end.\n", run->id.text()));
      return exit_code::kAllDone;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return infrastructure_error(
      file, "the run's process has not taken notice",
      "It may be stopped, or its machine: it will when it goes on. To take the request back, "
      "delete the file");
}

}  // namespace shoal
