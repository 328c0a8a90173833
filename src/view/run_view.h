#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "sched/attempt.h"
#include "sched/scheduler.h"
#include "view/live_region.h"
#include "view/text_style.h"
#include "view/time_text.h"
#include "view/upload_text.h"

namespace shoal {

enum class Verbosity : std::uint8_t {
  quiet,    // failures only
  normal,   // and the progress
  verbose,  // and each command as it ends
};

struct ViewOptions {
  Verbosity verbosity = Verbosity::normal;
  bool terminal = false;  // stderr is one: a live block, else a line every so often
  bool color = false;
  bool unicode = true;
  Duration line_interval{std::chrono::seconds(30)};  // without a terminal
};

/// What the view must know of the commands of a run.
struct RunTexts {
  std::uint32_t command_count = 0;
  std::function<std::string(CommandId)> text;    // the logical line
  std::function<std::uint32_t(CommandId)> line;  // where it begins in the jobs file
  /// The data set that it belongs to; "" for none. May be empty: no groups.
  /// Asked once for each command, when the view is made.
  std::function<std::string(CommandId)> group;
};

/// A look at a run at one moment.
struct RunProgress {
  Scheduler::Counts counts;
  std::optional<Duration> left;  // Scheduler::estimate_left
  Instant now{};
  LocalTime clock{};
  UploadCounts uploads = {};
};

/// The picture of a run while it goes on. Gets events, keeps its own small
/// model, writes to a stream; never asks the disk and never slows the run:
/// writing happens at most ten times a second, from refresh().
class RunView {
 public:
  /// `write` gets finished text for the terminal (stderr).
  RunView(RunTexts texts, ViewOptions options, std::function<void(std::string_view)> write);
  RunView(const RunView&) = delete;
  RunView& operator=(const RunView&) = delete;
  ~RunView();

  /// An earlier session of the run did it already. Before the first refresh.
  void on_done_before(CommandId command);
  void on_started(CommandId command, Instant now);
  /// It runs no more; on_ended comes when its files are there, or not.
  void on_uploading(CommandId command);
  void on_ended(const AttemptResult& result, Instant now);
  /// After on_ended of the attempt that settled it.
  void on_settled(const SettleAction& settled, Instant now);
  /// After Ctrl-C: `cancelling` when what runs is being stopped too.
  void on_stopping(bool cancelling);
  /// A sentence above the live block.
  void note(std::string_view text);
  /// Draws if something is due. Call it about ten times a second.
  void refresh(const RunProgress& progress, TerminalSize size);
  /// Writes what is still to be said and removes the live block. Call refresh
  /// with the last counts before.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
