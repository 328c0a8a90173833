#include "journal/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/journal/files.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

std::vector<JournalRecord> sample_records() {
  EndRecord end = sample_end(2, 1, EndClass::failed);
  end.result.inputs = {{"data/ë\xFF.csv", 10, 20, std::nullopt}};
  return {sample_header(),
          sample_start(1),
          sample_end(1),
          sample_start(2),
          end,
          SettleRecord{CommandId{2}, end.key, CommandState::failed, {}, {}}};
}

std::vector<std::string> lines_of(const std::vector<JournalRecord>& records) {
  std::vector<std::string> lines;
  for (const JournalRecord& record : records) lines.push_back(line_of(record));
  return lines;
}

TEST(Journal, ReplaysWhatWasAppendedOverSeveralOpenings) {
  const TemporaryFolder folder;
  const auto records = sample_records();
  for (const JournalRecord& record : records) {
    auto journal = JournalWriter::open(folder / "j");
    ASSERT_TRUE(journal.has_value());
    (*journal)->append(record);
    ASSERT_TRUE((*journal)->flush().has_value());
  }
  EXPECT_EQ(replayed_lines(folder / "j"), lines_of(records));
}

TEST(Journal, HoldsRecordsInMemoryUntilTheyAreWritten) {
  const TemporaryFolder folder;
  auto journal = JournalWriter::open(folder / "j");
  ASSERT_TRUE(journal.has_value());
  (*journal)->append(sample_header());
  EXPECT_EQ(contents_of(folder / "j"), "");
  ASSERT_TRUE((*journal)->write().has_value());
  EXPECT_EQ(contents_of(folder / "j"), line_of(sample_header()));
}

TEST(Journal, CutAnywhereReplaysItsWholeLinesAndGoesOnBehindThem) {
  const TemporaryFolder folder;
  const auto lines = lines_of(sample_records());
  std::string whole;
  for (const std::string& line : lines) whole += line;
  const std::string next = line_of(sample_start(3));
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file(folder / "j", whole.substr(0, size));
    std::vector<std::string> expected;
    for (std::size_t end = 0; expected.size() < lines.size();
         expected.push_back(lines[expected.size()])) {
      end += lines[expected.size()].size();
      if (end > size) break;
    }
    ASSERT_EQ(replayed_lines(folder / "j"), expected) << size;
    {
      auto journal = JournalWriter::open(folder / "j");
      ASSERT_TRUE(journal.has_value());
      (*journal)->append(expected.empty() ? JournalRecord(sample_header()) : sample_start(3));
    }
    expected.push_back(expected.empty() ? lines[0] : next);
    ASSERT_EQ(replayed_lines(folder / "j"), expected) << size;
  }
}

TEST(Journal, CutAnywhereIsReadOnFromItsLastWholeLine) {
  const TemporaryFolder folder;
  const auto lines = lines_of(sample_records());
  std::string whole;
  for (const std::string& line : lines) whole += line;
  for (std::size_t size = lines[0].size(); size <= whole.size(); ++size) {
    write_file(folder / "j", whole.substr(0, size));
    std::vector<std::string> seen;
    const auto keep = [&](const JournalRecord& record) { seen.push_back(line_of(record)); };
    const auto end = replay_journal(folder / "j", keep);
    ASSERT_TRUE(end.has_value());
    const auto nothing_new = replay_more(folder / "j", *end, keep);
    ASSERT_EQ(nothing_new.value_or(0), *end);
    write_file(folder / "j", whole);
    const auto end_of_all = replay_more(folder / "j", *end, keep);
    ASSERT_TRUE(end_of_all.has_value());
    EXPECT_EQ(*end_of_all, whole.size());
    ASSERT_EQ(seen, lines) << size;
  }
}

TEST(Journal, IsReadOnBehindATornLineThatAnotherReplaced) {
  const TemporaryFolder folder;
  write_file(folder / "j", line_of(sample_header()) + line_of(sample_end(1)).substr(0, 30));
  std::vector<std::string> seen;
  const auto keep = [&](const JournalRecord& record) { seen.push_back(line_of(record)); };
  const auto end = replay_journal(folder / "j", keep);
  ASSERT_TRUE(end.has_value());
  write_file(folder / "j", line_of(sample_header()) + line_of(sample_start(2)));
  ASSERT_TRUE(replay_more(folder / "j", *end, keep).has_value());
  EXPECT_EQ(seen, (std::vector{line_of(sample_header()), line_of(sample_start(2))}));
}

TEST(Journal, OfManyChunksAndALongLineIsReplayedWhole) {
  const TemporaryFolder folder;
  std::vector<JournalRecord> records{sample_header()};
  for (std::uint32_t id = 1; id <= 9000; ++id) records.emplace_back(sample_end(id));
  EndRecord large = sample_end(9001);
  large.result.detail = std::string(1'000'000, 'x');
  records.emplace_back(large);
  records.emplace_back(sample_end(9002));
  {
    auto journal = JournalWriter::open(folder / "j");
    ASSERT_TRUE(journal.has_value());
    for (const JournalRecord& record : records) (*journal)->append(record);
  }
  EXPECT_EQ(replayed_lines(folder / "j"), lines_of(records));
}

TEST(Journal, WithABrokenLineInTheMiddleSaysWhichAndHowToKeepTheRest) {
  const TemporaryFolder folder;
  write_file(folder / "j", line_of(sample_header()) + line_of(sample_start(1)) + "{\"e\":\n" +
                               line_of(sample_end(1)));
  const auto replayed = replay_journal(folder / "j", [](JournalRecord&&) {});
  ASSERT_FALSE(replayed.has_value());
  EXPECT_EQ(replayed.error().place, (folder / "j") + ":3");
  EXPECT_NE(replayed.error().cure.find("head -n 2"), std::string::npos);
}

TEST(Journal, ThatIsSomeOtherFileIsRefusedAtItsFirstLine) {
  const TemporaryFolder folder;
  write_file(folder / "j", line_of(sample_start(1)));
  const auto replayed = replay_journal(folder / "j", [](JournalRecord&&) { ADD_FAILURE(); });
  ASSERT_FALSE(replayed.has_value());
  EXPECT_EQ(replayed.error().place, (folder / "j") + ":1");
  EXPECT_FALSE(read_header(folder / "j").has_value());
}

TEST(Journal, ThatDoesNotExistIsAnInfrastructureError) {
  const auto replayed = replay_journal("/nowhere/at/all", [](JournalRecord&&) {});
  ASSERT_FALSE(replayed.has_value());
  EXPECT_EQ(replayed.error().kind, ErrorKind::infrastructure);
  const auto opened = JournalWriter::open("/nowhere/at/all");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().place, "/nowhere/at/all");
}

TEST(Journal, ManySyncRequestsWhileWritingLoseNothing) {
  const TemporaryFolder folder;
  std::vector<JournalRecord> records{sample_header()};
  auto journal = JournalWriter::open(folder / "j");
  ASSERT_TRUE(journal.has_value());
  (*journal)->append(records[0]);
  for (std::uint32_t id = 1; id <= 300; ++id) {
    records.emplace_back(sample_start(id));
    (*journal)->append(records.back());
    ASSERT_TRUE((*journal)->write().has_value());
    (*journal)->sync();
  }
  ASSERT_TRUE((*journal)->flush().has_value());
  EXPECT_EQ(replayed_lines(folder / "j"), lines_of(records));
}

/// Runs `body` in a child, whose files cannot grow beyond `bytes`; true when
/// every expectation of it held.
template <class Body>
bool with_file_size_limit(rlim_t bytes, const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(body() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Journal, OnAFullDiskKeepsWholeLinesAndWritesTheRestWhenThereIsRoom) {
  const TemporaryFolder folder;
  const std::string path = folder / "j";
  const auto records = sample_records();
  std::string whole;
  for (const std::string& line : lines_of(records)) whole += line;
  for (std::size_t room = 0; room < whole.size(); room += 7) {
    std::filesystem::remove(path);
    const bool held = with_file_size_limit(room, [&] {
      auto journal = JournalWriter::open(path);
      for (const JournalRecord& record : records) (*journal)->append(record);
      const auto full = (*journal)->write();
      const std::string kept = contents_of(path);
      const bool is_clean = whole.starts_with(kept) && (kept.empty() || kept.back() == '\n');
      const bool is_told = !full && full.error().kind == ErrorKind::infrastructure &&
                           full.error().place == path && !full.error().cure.empty();
      const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &unlimited);
      return is_clean && is_told && (*journal)->flush() && contents_of(path) == whole;
    });
    EXPECT_TRUE(held) << room;
  }
}

TEST(Journal, OnADeviceWithoutSpaceNamesTheCure) {
  auto journal = JournalWriter::open("/dev/full");
  ASSERT_TRUE(journal.has_value());
  (*journal)->append(sample_header());
  const auto written = (*journal)->write();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().sentence(),
            "/dev/full: cannot write the journal: No space left on device. Free some space, then "
            "run the same command again; nothing is lost.");
}

}  // namespace
}  // namespace shoal
