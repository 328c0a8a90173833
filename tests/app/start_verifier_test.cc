#include "app/start_verifier.h"

#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

/// Remembers what is started, and lets tests end it.
class RecordingExecutor : public Executor {
 public:
  void start(AttemptSpec spec) override { started.push_back(std::move(spec)); }
  void cancel(CommandId command, AttemptNumber /*attempt*/) override {
    cancelled.push_back(command);
  }
  std::optional<RunningLog> log_of(CommandId /*command*/) const override { return std::nullopt; }

  std::vector<AttemptSpec> started;
  std::vector<CommandId> cancelled;
};

struct RecordingEvents : ExecutorEvents {
  void on_ended(AttemptResult result) override { ended.push_back(std::move(result)); }
  void on_verified(VerifiedStart start) override { verified.push_back(std::move(start)); }
  std::vector<AttemptResult> ended;
  std::vector<VerifiedStart> verified;
};

/// Trials are attempts with the text "trial"; they find what the test says.
struct ToldTrials : StartTrials {
  bool can_start_warm(const AttemptSpec& spec) const override { return spec.text == "python"; }
  Expected<std::optional<AttemptSpec>> prepare(const AttemptSpec& spec) override {
    if (!refusal.empty()) return input_error({}, refusal);
    if (tells_nothing) return std::optional<AttemptSpec>();
    AttemptSpec trial;
    trial.command = spec.command;
    trial.attempt = spec.attempt;
    trial.text = "trial";
    return trial;
  }
  VerifiedStart verdict(const AttemptResult& trial) override {
    VerifiedStart found = finds;
    found.command = trial.command;
    return found;
  }
  std::string refusal;
  bool tells_nothing = false;
  VerifiedStart finds{{}, StartVerdict::equal, {}, {}, 0, {}};
};

class StartVerifierTest : public testing::Test {
 protected:
  explicit StartVerifierTest(StartVerifierOptions options = {}) {
    // Odd commands are of one kind, even ones of another.
    options.kind_of = [](CommandId id) -> std::uint64_t { return number(id) % 2; };
    verifier.emplace(events, std::move(options));
    verifier->use(executor, trials);
  }
  void start(std::uint32_t command, const char* text = "python") {
    AttemptSpec spec;
    spec.command = CommandId{command};
    spec.attempt = AttemptNumber{1};
    spec.text = text;
    verifier->start(std::move(spec));
  }
  void end(std::uint32_t command, int exit_code = 0) {
    AttemptResult result;
    result.command = CommandId{command};
    result.attempt = AttemptNumber{1};
    result.exit_code = exit_code;
    verifier->on_ended(std::move(result));
  }
  const AttemptSpec& last() const { return executor.started.back(); }

  RecordingExecutor executor;
  RecordingEvents events;
  ToldTrials trials;
  std::optional<StartVerifier> verifier;
};

TEST_F(StartVerifierTest, TriesTheFirstOfAKindAndLetsItStartWarmIfEqual) {
  start(1);
  ASSERT_EQ(last().text, "trial");
  end(1);
  EXPECT_TRUE(events.ended.empty()) << "the trial is no attempt";
  EXPECT_EQ(last().text, "python");
  EXPECT_TRUE(last().may_start_warm);
  ASSERT_EQ(events.verified.size(), 1U);
  end(1);
  EXPECT_EQ(events.ended.size(), 1U);
  start(3);
  EXPECT_EQ(last().text, "python");
  EXPECT_TRUE(last().may_start_warm);
}

TEST_F(StartVerifierTest, LetsAKindThatDiffersStartCold) {
  trials.finds.verdict = StartVerdict::differs;
  start(1);
  end(1);
  EXPECT_FALSE(last().may_start_warm);
  start(3);
  EXPECT_EQ(last().text, "python");
  EXPECT_FALSE(last().may_start_warm);
  trials.finds.verdict = StartVerdict::equal;
  start(2);
  EXPECT_EQ(last().text, "trial") << "another kind";
}

TEST_F(StartVerifierTest, LetsOthersOfTheKindStartColdMeanwhile) {
  start(1);
  start(3);
  EXPECT_EQ(last().text, "python");
  EXPECT_FALSE(last().may_start_warm);
}

TEST_F(StartVerifierTest, LeavesAloneWhatWouldStartColdAnyway) {
  start(1, "make");
  EXPECT_EQ(last().text, "make");
  EXPECT_TRUE(events.verified.empty());
}

TEST_F(StartVerifierTest, SaysWhyAKindCannotBeTried) {
  trials.refusal = "it may write anywhere";
  start(1);
  EXPECT_FALSE(last().may_start_warm);
  ASSERT_EQ(events.verified.size(), 1U);
  EXPECT_EQ(events.verified[0].verdict, StartVerdict::unknown);
  EXPECT_EQ(events.verified[0].why, "it may write anywhere");
  trials.refusal.clear();
  start(3);
  EXPECT_EQ(last().text, "python") << "the kind is not tried again";
}

TEST_F(StartVerifierTest, TriesTheNextWhereOneTellsNothing) {
  trials.tells_nothing = true;
  start(1);
  EXPECT_FALSE(last().may_start_warm);
  EXPECT_TRUE(events.verified.empty());
  trials.tells_nothing = false;
  start(3);
  EXPECT_EQ(last().text, "trial");
}

TEST_F(StartVerifierTest, ATrialThatIsCancelledIsTheEndOfItsAttempt) {
  start(1);
  verifier->cancel(CommandId{1}, AttemptNumber{1});
  EXPECT_EQ(executor.cancelled, std::vector<CommandId>{CommandId{1}});
  end(1);
  EXPECT_EQ(executor.started.size(), 1U) << "the command does not start any more";
  ASSERT_EQ(events.ended.size(), 1U);
  EXPECT_EQ(events.ended[0].end, EndClass::cancelled);
  EXPECT_TRUE(events.verified.empty());
}

TEST_F(StartVerifierTest, AnotherExitCodeThanInTheTrialMakesTheKindUnknown) {
  trials.finds.exit_code = 1;
  start(1);
  end(1);
  end(1, 0);
  ASSERT_EQ(events.verified.size(), 2U);
  EXPECT_EQ(events.verified[1].verdict, StartVerdict::unknown);
  start(3);
  EXPECT_FALSE(last().may_start_warm);
}

TEST_F(StartVerifierTest, WhatIsKnownFromBeforeIsNotTriedAgain) {
  StartVerifierOptions options;
  options.kind_of = [](CommandId id) -> std::uint64_t { return number(id) % 2; };
  options.known = {{1, StartVerdict::differs}, {0, StartVerdict::equal}};
  verifier.emplace(events, std::move(options));
  verifier->use(executor, trials);
  start(1);
  EXPECT_FALSE(last().may_start_warm);
  start(2);
  EXPECT_TRUE(last().may_start_warm);
  EXPECT_EQ(last().text, "python");
}

}  // namespace
}  // namespace shoal
