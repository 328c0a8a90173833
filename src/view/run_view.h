#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "plan/plan.h"
#include "sched/scheduler.h"

namespace shoal {

enum class Verbosity : std::uint8_t { quiet, normal, verbose };

struct ViewOptions {
  Verbosity verbosity = Verbosity::normal;
  bool terminal = false;  // stderr is one: a live block, else a line every so often
  bool color = false;
  Duration line_interval{std::chrono::seconds(30)};  // without a terminal
};

/// What is running now, oldest first.
struct RunningCommand {
  CommandId command{};
  Instant since{};
};

/// The picture of a run while it goes on. Gets events, keeps its own small
/// model, writes to a stream; never asks the disk and never slows the run:
/// drawing happens at most ten times a second, from refresh().
class RunView {
 public:
  /// `write` gets finished text for the terminal (stderr).
  RunView(const Plan& plan, ViewOptions options, std::function<void(std::string_view)> write);
  ~RunView();

  void on_started(CommandId command, Instant now);
  void on_ended(const AttemptResult& result, Instant now);
  void on_settled(const SettleAction& settled, Instant now);
  void on_stopping(bool cancelling);  // after Ctrl-C
  /// A sentence above the live block.
  void note(std::string_view text);
  /// Draws if something is due.
  void refresh(const Scheduler::Counts& counts, std::optional<Duration> left, Instant now,
               std::size_t columns, std::size_t rows);
  /// Removes the live block.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
