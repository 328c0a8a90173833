#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "journal/journal.h"
#include "tests/journal/files.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

/// Appends groups of records of growing size for ever, and tells after each
/// write how many records are in the journal.
[[noreturn]] void write_until_killed(const std::string& path, std::uint32_t from, int report) {
  auto journal = JournalWriter::open(path);
  if (!journal) ::_exit(1);
  for (std::uint32_t next = from, group = 1;; ++group) {
    for (std::uint32_t i = 0; i < group % 200 + 1; ++i) (*journal)->append(sample_end(++next));
    if (!(*journal)->write()) ::_exit(1);
    if (::write(report, &next, sizeof next) != sizeof next) ::_exit(1);
    (*journal)->sync();
  }
}

/// Runs the writer, kills it after its first report and a number of further
/// ones, and returns the last report.
std::uint32_t last_report_before_a_kill(const std::string& path, std::uint32_t from, int reports) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    write_until_killed(path, from, ends[1]);
  }
  ::close(ends[1]);
  std::uint32_t told = 0;
  std::uint32_t last = 0;
  while (reports-- > 0 && ::read(ends[0], &told, sizeof told) == sizeof told) last = told;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (::read(ends[0], &told, sizeof told) == sizeof told) last = told;
  ::close(ends[0]);
  return last;
}

TEST(JournalCrash, KilledWriterLosesNoRecordWhoseWriteReturned) {
  const TemporaryFolder folder;
  const std::string path = folder / "j";
  write_file(path, line_of(sample_header()));
  std::mt19937 random(20261124);
  std::uint32_t there = 0;
  for (int crash = 0; crash < 12; ++crash) {
    const auto reports = static_cast<int>(random() % 60 + 1);
    const std::uint32_t told = last_report_before_a_kill(path, there, reports);
    ASSERT_GT(told, there);
    const auto lines = replayed_lines(path);
    ASSERT_GE(lines.size() - 1, told);
    for (std::uint32_t id = 1; id < lines.size(); ++id) {
      ASSERT_EQ(lines[id], line_of(sample_end(id))) << "after crash " << crash;
    }
    there = static_cast<std::uint32_t>(lines.size() - 1);
  }
}

}  // namespace
}  // namespace shoal
