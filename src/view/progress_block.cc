#include "view/progress_block.h"

#include <fmt/format.h>

#include <algorithm>

#include "view/brief_command.h"
#include "view/time_text.h"

namespace shoal {
namespace {

constexpr std::size_t kMostLines = 12;
constexpr std::size_t kGroupRows = 2;
constexpr std::size_t kLongestBar = 50;
constexpr std::size_t kShortestBar = 8;
constexpr std::string_view kIndent = "  ";

std::uint32_t unsuccessful(const Scheduler::Counts& counts) {
  return counts.failed + counts.skipped + counts.held;
}

/// Percent of all commands that ended; 100 only when all did.
std::uint32_t percent_ended(const Scheduler::Counts& counts) {
  if (counts.total == 0) return 100;
  const std::uint64_t ended = std::uint64_t{counts.done} + unsuccessful(counts);
  return static_cast<std::uint32_t>(ended * 100 / counts.total);
}

std::string repeated(std::string_view glyph, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += glyph;
  return text;
}

/// Done, then failed (at least one cell of it when something failed), then
/// what is left.
void add_bar(ScreenLine& line, const Scheduler::Counts& counts, std::size_t cells,
             const Glyphs& glyph) {
  const std::uint64_t total = std::max<std::uint64_t>(1, counts.total);
  const auto halves = [&](std::uint64_t part) {
    return static_cast<std::size_t>(part * 2 * cells / total);
  };
  std::size_t failed_cells = (halves(unsuccessful(counts)) + 1) / 2;
  if (unsuccessful(counts) > 0) failed_cells = std::max<std::size_t>(1, failed_cells);
  const std::size_t done_halves = std::min(halves(counts.done), (cells - failed_cells) * 2);
  const std::size_t done_cells = done_halves / 2;
  const bool half = done_halves % 2 == 1 && failed_cells == 0;
  const std::size_t left_cells = cells - done_cells - failed_cells - (half ? 1 : 0);

  line.add(repeated(glyph.bar_done, done_cells), Ink::green);
  if (half) line.add(glyph.bar_half, Ink::green);
  line.add(repeated(glyph.bar_failed, failed_cells), Ink::red);
  line.add(repeated(glyph.bar_left, left_cells), Ink::dim);
}

ScreenLine bar_line(const ProgressPicture& picture, const TextStyle& style) {
  const std::string numbers =
      fmt::format(" {:3}%  {}, ", percent_ended(picture.counts), elapsed_text(picture.elapsed));
  const std::size_t words = kIndent.size() + display_width(numbers) + display_width(picture.left);
  ScreenLine line(style);
  line.add(kIndent);
  if (style.columns >= words + kShortestBar) {
    const std::size_t cells = std::min(kLongestBar, style.columns - words);
    add_bar(line, picture.counts, cells, glyphs(style.unicode));
  }
  line.add(numbers).add(picture.left, Ink::bold);
  return line;
}

ScreenLine counts_line(const Scheduler::Counts& counts, const TextStyle& style) {
  const std::string_view separator = glyphs(style.unicode).separator;
  ScreenLine line(style);
  line.add(kIndent).add(fmt::format("{} of {} done", counts.done, counts.total));
  const auto add = [&](std::uint32_t count, std::string_view what, Ink ink) {
    if (count == 0) return;
    line.add(separator, Ink::dim).add(fmt::format("{} {}", count, what), ink);
  };
  add(counts.failed, "failed", Ink::red);
  add(counts.skipped, "skipped", Ink::yellow);
  add(counts.held, "held", Ink::yellow);
  add(counts.running, "running", Ink::plain);
  add(counts.waiting + counts.ready, "to go", Ink::plain);
  add(counts.not_reached, "unfinished", Ink::yellow);
  return line;
}

std::string group_text(const GroupProgress& group, const TextStyle& style) {
  std::string text =
      fmt::format("{} {}/{}", printable(group.name, style.unicode), group.done, group.total);
  if (group.ended > group.done) {
    text += fmt::format(" {}{}", glyphs(style.unicode).failed, group.ended - group.done);
  }
  return text;
}

Ink group_ink(const GroupProgress& group) {
  if (group.ended > group.done) return Ink::red;
  if (group.done == group.total) return Ink::green;
  return group.running > 0 ? Ink::bold : Ink::plain;
}

/// File order when all fit; else those that are under way come first and the
/// finished ones last, so that they are the first to be left out.
std::vector<const GroupProgress*> by_interest(const std::vector<GroupProgress>& groups) {
  const auto rank = [](const GroupProgress* group) {
    if (group->ended == group->total) return 2;
    return group->ended > 0 || group->running > 0 ? 0 : 1;
  };
  std::vector<const GroupProgress*> order;
  order.reserve(groups.size());
  for (const GroupProgress& group : groups) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(), [&](const GroupProgress* a, const GroupProgress* b) {
    return rank(a) < rank(b);
  });
  return order;
}

/// Lays groups out on at most `rows` lines. Returns how many found no room;
/// room for "+12 more" is kept on the last line when `keep_room` is set.
std::size_t lay_out(const std::vector<const GroupProgress*>& groups, std::size_t rows,
                    bool keep_room, const TextStyle& style, std::vector<ScreenLine>& lines) {
  constexpr std::size_t kMoreColumns = 14;
  std::size_t at = 0;
  while (at < groups.size() && rows-- > 0) {
    ScreenLine line(style);
    line.add(kIndent);
    const std::size_t kept = keep_room && rows == 0 ? kMoreColumns : 0;
    for (bool first = true; at < groups.size(); ++at, first = false) {
      const std::string text = group_text(*groups[at], style);
      const std::size_t gap = first ? 0 : 3;
      const bool fits = display_width(text) + gap + kept <= line.room();
      if (!fits && !first) break;
      line.add(std::string(gap, ' ')).add(text, group_ink(*groups[at]));
    }
    lines.push_back(std::move(line));
  }
  return groups.size() - at;
}

void add_groups(const std::vector<GroupProgress>& groups, std::size_t rows, const TextStyle& style,
                std::vector<ScreenLine>& lines) {
  if (groups.empty() || rows == 0) return;
  std::vector<const GroupProgress*> order;
  order.reserve(groups.size());
  for (const GroupProgress& group : groups) order.push_back(&group);
  std::vector<ScreenLine> laid_out;
  if (lay_out(order, rows, false, style, laid_out) > 0) {
    laid_out.clear();
    const std::size_t more = lay_out(by_interest(groups), rows, true, style, laid_out);
    laid_out.back().add(fmt::format("   +{} more", more), Ink::dim);
  }
  std::move(laid_out.begin(), laid_out.end(), std::back_inserter(lines));
}

void add_running(const ProgressPicture& picture, std::size_t rows, const TextStyle& style,
                 std::vector<ScreenLine>& lines) {
  const bool all_fit = picture.counts.running <= rows && picture.running.size() <= rows;
  const std::size_t shown =
      std::min(picture.running.size(), all_fit || rows == 0 ? rows : rows - 1);
  std::size_t id_columns = 0;
  std::size_t time_columns = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    const RunningLine& running = picture.running[i];
    id_columns = std::max(id_columns, std::to_string(number(running.command)).size());
    time_columns = std::max(time_columns, elapsed_text(running.elapsed).size());
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const RunningLine& running = picture.running[i];
    ScreenLine line(style);
    line.add(kIndent).add(padded_left(std::to_string(number(running.command)), id_columns),
                          Ink::dim);
    line.add("  ").add(padded_left(elapsed_text(running.elapsed), time_columns)).add("  ");
    line.add(brief_command(running.text, line.room(), style.unicode), Ink::dim);
    lines.push_back(std::move(line));
  }
  if (!all_fit && rows > 0 && picture.counts.running > shown) {
    ScreenLine line(style);
    line.add(fmt::format("{}and {} more running", kIndent, picture.counts.running - shown),
             Ink::dim);
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::vector<ScreenLine> progress_block(const ProgressPicture& picture, TerminalSize size,
                                       const TextStyle& style) {
  TextStyle within = style;
  within.columns = size.columns > 0 ? size.columns - 1 : 0;
  const std::size_t most = std::min(kMostLines, size.rows > 0 ? size.rows - 1 : 0);

  std::vector<ScreenLine> lines;
  lines.push_back(bar_line(picture, within));
  lines.push_back(counts_line(picture.counts, within));
  if (!picture.uploads.empty()) {
    ScreenLine line(within);
    line.add(kIndent).add(picture.uploads, Ink::dim);
    lines.push_back(std::move(line));
  }
  if (!picture.stopping.empty()) {
    ScreenLine line(within);
    line.add(kIndent).add(picture.stopping, Ink::yellow);
    lines.push_back(std::move(line));
  }
  // Running commands are worth more than data sets where there is little room.
  if (most >= lines.size() + 1 + kGroupRows) add_groups(picture.groups, kGroupRows, within, lines);
  if (most > lines.size()) {
    add_running(picture, std::min(kRunningLines, most - lines.size()), within, lines);
  }
  if (lines.size() > most) lines.resize(most, ScreenLine(within));
  return lines;
}

std::string counts_text(const Scheduler::Counts& counts) {
  std::string text = fmt::format("{}/{} done", counts.done, counts.total);
  const auto add = [&](std::uint32_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(counts.running, "running");
  add(counts.failed, "failed");
  add(counts.skipped, "skipped");
  add(counts.held, "held");
  add(counts.not_reached, "unfinished");
  return text;
}

}  // namespace shoal
