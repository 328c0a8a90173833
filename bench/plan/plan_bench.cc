// Reads and plans jobs files; reports time, peak memory and edges for each.
// Every file is planned in a process of its own, so that peaks do not mix.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "plan/planner.h"

namespace {

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  std::string bytes(static_cast<std::size_t>(file.tellg()), '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

int measure(const char* path) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  auto text = shoal::JobsText::from(read_file(path), path);
  if (!text) {
    fmt::print(stderr, "{}\n", text.error().sentence());
    return 2;
  }
  const auto loaded = Clock::now();
  const auto table = shoal::CommandTable::built_in();
  auto plan = shoal::make_plan(*text, table, {});
  if (!plan) {
    fmt::print(stderr, "{}\n", plan.error().sentence());
    return 2;
  }
  const auto planned = Clock::now();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](auto duration) { return std::chrono::duration<double>(duration).count(); };
  const shoal::PlanShape shape = shoal::shape_of(*plan);
  fmt::print("{:>10} {:>8.1f} {:>8.3f} {:>8.3f} {:>8.2f} {:>9.1f} {:>11} {:>6} {:>8}\n",
             plan->command_count(), static_cast<double>(text->text().size()) / 1e6,
             seconds(loaded - begin), seconds(planned - loaded),
             seconds(planned - loaded) * 1e6 / plan->command_count(),
             static_cast<double>(usage.ru_maxrss) / 1024, plan->graph().edge_count(), shape.depth,
             shape.width);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: plan_bench JOBS_FILE...\n");
    return 2;
  }
  fmt::print("{:>10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>11} {:>6} {:>8}\n", "commands", "MB", "load s",
             "plan s", "us each", "peak MiB", "edges", "depth", "width");
  std::fflush(stdout);
  int worst = 0;
  for (int i = 1; i < argc; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const int code = measure(argv[i]);
      std::fflush(stdout);
      _exit(code);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) worst = 1;
  }
  return worst;
}
