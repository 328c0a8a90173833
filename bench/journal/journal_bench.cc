// Writes the journal of a long run into a folder and reads it back; reports
// size, time and peak memory for each length. Every length is measured in a
// process of its own, so that peaks do not mix.
//
//   journal_bench FOLDER COMMANDS...

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/text.h"
#include "journal/journal.h"
#include "journal/run_record.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

shoal::WallTime time_of(std::uint32_t id) {
  return shoal::WallTime(shoal::Duration(1'732'456'789'000'000 + id * 1000LL));
}

shoal::CommandKey key_of(std::uint32_t id) { return {shoal::hash64(std::to_string(id)), 0}; }

/// Like those of Makita's simulations: each reads one of forty data sets.
shoal::EndRecord end_of(std::uint32_t id) {
  shoal::EndRecord end;
  end.key = key_of(id);
  end.shape = shoal::hash64("asreview simulate");
  shoal::AttemptResult& result = end.result;
  result.command = shoal::CommandId{id};
  result.attempt = shoal::AttemptNumber{1};
  result.started = time_of(id);
  result.wall = shoal::Duration(12'345'678 + id);
  result.usage = {shoal::Duration(11'900'000 + id), shoal::Duration(200'000), 268'435'456U + id};
  result.log = {shoal::SlotIndex{id % 8}, id * 1024ULL, id * 1024ULL + 900};
  result.inputs = {{fmt::format("data/Author_{}_2018.csv", id % 40), 378'011 + id % 40,
                    1'732'400'000'123'456'789, std::nullopt}};
  return end;
}

bool write_journal(const std::string& path, std::uint32_t commands) {
  auto journal = shoal::JournalWriter::open(path);
  if (!journal) return false;
  (*journal)->append(shoal::HeaderRecord{"01ARYZ6S410000000000000000", "0.1.0", "/project/jobs.sh",
                                         "/project", time_of(0)});
  for (std::uint32_t id = 1; id <= commands; ++id) {
    (*journal)->append(shoal::StartRecord{
        shoal::CommandId{id}, key_of(id), shoal::AttemptNumber{1}, time_of(id), {}});
    (*journal)->append(end_of(id));
    if (id % 64 == 0 && !(*journal)->write()) return false;
  }
  return (*journal)->flush().has_value();
}

int measure(const std::string& path, std::uint32_t commands) {
  const auto begin = Clock::now();
  if (!write_journal(path, commands)) {
    fmt::print(stderr, "cannot write {}\n", path);
    return 3;
  }
  const double written = seconds_since(begin);
  const auto again = Clock::now();
  const auto run = shoal::read_run(path);
  const double read = seconds_since(again);
  if (!run || run->commands.size() != commands) {
    fmt::print(stderr, "{} was not read back whole\n", path);
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:>10} {:>8.1f} {:>8.3f} {:>8.3f} {:>8.2f} {:>9.1f}\n", commands,
             static_cast<double>(std::filesystem::file_size(path)) / 1e6, written, read,
             read / commands * 1e6, static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: journal_bench FOLDER COMMANDS...\n");
    return 2;
  }
  fmt::print("{:>10} {:>8} {:>8} {:>8} {:>8} {:>9}\n", "commands", "MB", "write s", "read s",
             "us each", "peak MiB");
  std::fflush(stdout);
  int worst = 0;
  for (int i = 2; i < argc; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const std::string path = fmt::format("{}/bench_journal_{}.jsonl", argv[1], argv[i]);
      std::filesystem::remove(path);
      const int code = measure(path, static_cast<std::uint32_t>(std::stoul(argv[i])));
      std::filesystem::remove(path);
      std::fflush(stdout);
      _exit(code);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) worst = 1;
  }
  return worst;
}
