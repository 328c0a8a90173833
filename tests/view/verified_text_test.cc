#include "view/verified_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shoal {
namespace {

constexpr TextStyle kPlain{.color = false, .unicode = true, .columns = 100};

VerifiedKind kind(std::uint32_t command, StartVerdict verdict) {
  VerifiedKind kind;
  kind.start.command = CommandId{command};
  kind.start.verdict = verdict;
  kind.text = "python x.py";
  return kind;
}

std::string text_of(const std::vector<VerifiedKind>& kinds) {
  return verified_text(kinds, "RUN", kPlain);
}

TEST(VerifiedText, IsNothingWhereNothingWasTried) { EXPECT_EQ(text_of({}), ""); }

TEST(VerifiedText, CountsWhatIsWell) {
  EXPECT_EQ(text_of({kind(1, StartVerdict::equal), kind(4, StartVerdict::equal)}),
            "  2 kinds of commands were tried and leave the same when they start warm.\n");
}

TEST(VerifiedText, SaysWhatDiffersAndHowToLookAtIt) {
  VerifiedKind differs = kind(3, StartVerdict::differs);
  differs.start.differing = {"end", "files/out/a.csv", "files/b.csv", "output"};
  EXPECT_EQ(text_of({differs}),
            "  Command 3 (python x.py) leaves something else when it starts warm: how it ends, "
            "out/a.csv, b.csv and 1 more. Its kind started cold. To compare: diff -r "
            "RUN/verify/3/cold RUN/verify/3/warm\n");
  EXPECT_EQ(differing_start_text(differs.start),
            "Command 3 leaves something else when it starts warm (how it ends, out/a.csv, b.csv "
            "and 1 more), so its kind starts cold.");
}

TEST(VerifiedText, SaysWhatIsNotComparableAndWhatIsUnknown) {
  VerifiedKind unsteady = kind(3, StartVerdict::equal);
  unsteady.start.unsteady = {"files/time.txt"};
  VerifiedKind unknown = kind(5, StartVerdict::unknown);
  unknown.start.why = "it may write anywhere";
  EXPECT_EQ(text_of({unsteady, unknown}),
            "  1 kind of commands was tried and leaves the same when it starts warm.\n"
            "  Command 3 (python x.py): not comparable, since it differs from one cold start to "
            "the next: time.txt.\n"
            "  Command 5 (python x.py) could not be tried warm, because it may write anywhere. "
            "Its kind started cold.\n");
}

TEST(VerifiedText, TakesTheLastOfSeveralAboutOneCommand) {
  VerifiedKind unknown = kind(3, StartVerdict::unknown);
  unknown.start.why = "of a reason";
  EXPECT_EQ(text_of({kind(3, StartVerdict::equal), unknown}).find("kind of commands"),
            std::string::npos);
}

TEST(VerifiedText, StaysShortHoweverManyThereAre) {
  std::vector<VerifiedKind> kinds;
  for (std::uint32_t i = 1; i <= 100; ++i) {
    kinds.push_back(kind(i, StartVerdict::unknown));
    kinds.back().start.why = "of a reason";
  }
  const std::string text = text_of(kinds);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 12);
  EXPECT_NE(text.find("And 92 more such kinds"), std::string::npos) << text;
}

}  // namespace
}  // namespace shoal
