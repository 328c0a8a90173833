#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "sched/scheduler.h"
#include "view/live_region.h"
#include "view/screen_text.h"
#include "view/text_style.h"

namespace shoal {

/// How far the commands of one data set are.
struct GroupProgress {
  std::string name;
  std::uint32_t total = 0;
  std::uint32_t done = 0;
  std::uint32_t ended = 0;  // done, failed, skipped or held
  std::uint32_t running = 0;
};

struct RunningLine {
  CommandId command{};
  Duration elapsed{0};
  std::string text;
};

/// One moment of a run, ready to be drawn.
struct ProgressPicture {
  Scheduler::Counts counts;
  Duration elapsed{0};
  std::string left;                   // "left about 5 min"
  std::string uploads;                // as upload_text; empty while there are none
  std::string stopping;               // what Ctrl-C brought about; empty while nothing did
  std::vector<GroupProgress> groups;  // in file order
  std::vector<RunningLine> running;   // oldest first; need not be all
};

/// The live block: at most 12 lines and fewer than the terminal's rows, none
/// as wide as the terminal (so that none wraps).
std::vector<ScreenLine> progress_block(const ProgressPicture& picture, TerminalSize size,
                                       const TextStyle& style);

/// The most lines of running commands that a block ever has.
inline constexpr std::size_t kRunningLines = 7;

/// "234/1200 done, 2 running, 1 failed, 3 skipped".
std::string counts_text(const Scheduler::Counts& counts);

}  // namespace shoal
