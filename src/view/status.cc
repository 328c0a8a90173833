#include "view/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "view/brief_command.h"
#include "view/progress_block.h"
#include "view/screen_text.h"

namespace shoal {
namespace {

constexpr std::size_t kMostRunning = 8;
constexpr std::size_t kMostTroubleLines = 24;
constexpr std::size_t kMostWorkers = 10;
constexpr Duration kOldNews = std::chrono::seconds(20);

std::string_view state_word(RunState state) {
  switch (state) {
    case RunState::running:
      return "running";
    case RunState::finished:
      return "finished";
    case RunState::stopped:
      return "stopped";
    case RunState::interrupted:
      return "interrupted";
  }
  return "";
}

Ink state_ink(const RunOverview& run) {
  if (run.state == RunState::interrupted || run.state == RunState::stopped) return Ink::yellow;
  const bool trouble = run.counts.failed + run.counts.skipped + run.counts.held > 0;
  if (trouble) return Ink::red;
  return run.state == RunState::finished ? Ink::green : Ink::plain;
}

using Row = std::array<std::string, 6>;

Row row_of(const RunOverview& run, const TextStyle& style) {
  const Scheduler::Counts& counts = run.counts;
  return {run.run_id,
          date_and_minute(run.created),
          std::string(state_word(run.state)),
          fmt::format("{}/{}", counts.done, counts.total),
          std::to_string(counts.failed + counts.skipped + counts.held),
          printable(run.jobs_file, style.unicode)};
}

constexpr std::size_t kStateColumn = 2;
constexpr std::array<bool, 6> kAlignRight{false, false, false, true, true, false};

std::string table_line(const Row& row, const std::array<std::size_t, 6>& widths, Ink state,
                       const TextStyle& style) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += "  ";
    const bool last = i + 1 == row.size();
    const std::string cell = last             ? row[i]
                             : kAlignRight[i] ? padded_left(row[i], widths[i])
                                              : padded_right(row[i], widths[i]);
    line += painted(cell, i == kStateColumn ? state : Ink::plain, style);
  }
  return line + "\n";
}

std::string state_sentence(const RunOverview& run, const TextStyle& style) {
  const std::string where =
      run.host.empty() ? "" : fmt::format(" on {}", printable(run.host, style.unicode));
  switch (run.state) {
    case RunState::running:
      return fmt::format("running (process {}{})", run.pid, where);
    case RunState::finished:
      return "finished";
    case RunState::stopped:
      return "stopped before its end";
    case RunState::interrupted:
      return fmt::format("interrupted (process {}{} is gone)", run.pid, where);
  }
  return "";
}

std::string labelled(std::string_view label, std::string_view text) {
  return fmt::format("{:<12}{}\n", label, text);
}

std::string running_lines(const RunOverview& run, const TextStyle& style) {
  const std::size_t shown = std::min(run.running.size(), kMostRunning);
  std::size_t id_columns = 0;
  std::size_t time_columns = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    id_columns = std::max(id_columns, std::to_string(number(run.running[i].command)).size());
    time_columns = std::max(time_columns, elapsed_text(run.running[i].elapsed).size());
  }
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const RunOverview::Running& running = run.running[i];
    ScreenLine line(style);
    line.add("  ").add(padded_left(std::to_string(number(running.command)), id_columns));
    line.add("  ").add(padded_left(elapsed_text(running.elapsed), time_columns)).add("  ");
    line.add(brief_command(running.text, line.room(), style.unicode), Ink::dim);
    text += line.text() + "\n";
  }
  if (shown < run.running.size()) {
    text += fmt::format("  and {} more running\n", run.running.size() - shown);
  }
  return text;
}

std::string broker_sentence(const RunOverview::Cluster& cluster) {
  std::string text = cluster.broker;
  text += cluster.connected ? "" : " (away)";
  text += fmt::format(", {} waiting for a worker", cluster.queued);
  if (cluster.dead_letters > 0) {
    text += fmt::format(", {} that nobody could read", cluster.dead_letters);
  }
  if (cluster.age > kOldNews) text += fmt::format(" ({} ago)", elapsed_text(cluster.age));
  return text;
}

/// "  node3-17-abcd  8 slots, 7 busy, seen 2 s ago".
std::string worker_lines(const RunOverview::Cluster& cluster, const TextStyle& style) {
  if (cluster.workers.empty()) return "  no workers: start some with shoal worker --broker ...\n";
  const std::size_t shown = std::min(cluster.workers.size(), kMostWorkers);
  std::size_t columns = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    columns = std::max(columns, display_width(printable(cluster.workers[i].name, style.unicode)));
  }
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const RunOverview::Worker& worker = cluster.workers[i];
    const std::string slots =
        worker.slots == 0 ? "leaves"
                          : fmt::format("{} slot{}", worker.slots, worker.slots == 1 ? "" : "s");
    text += fmt::format("  {}  {}, {} busy, seen {} ago\n",
                        padded_right(printable(worker.name, style.unicode), columns), slots,
                        worker.running, elapsed_text(worker.silent));
  }
  if (shown < cluster.workers.size()) {
    text += fmt::format("  and {} more workers\n", cluster.workers.size() - shown);
  }
  return text;
}

std::string next_steps(const RunOverview& run) {
  std::string text;
  const auto failed =
      std::find_if(run.troubles.begin(), run.troubles.end(),
                   [](const Trouble& trouble) { return trouble.state == CommandState::failed; });
  if (failed != run.troubles.end()) {
    text += labelled("Output:", fmt::format("shoal logs {}{}", number(failed->command),
                                            run.counts.failed > 1 ? "  (of the first)" : ""));
  }
  const bool unfinished = run.counts.done < run.counts.total;
  if (run.state != RunState::running && unfinished && !run.resume_command.empty()) {
    text += labelled("To go on:", run.resume_command);
  }
  return text;
}

void add_section(std::string_view section, std::string& text) {
  if (!section.empty()) text.append("\n").append(section);
}

}  // namespace

std::string runs_table(const std::vector<RunOverview>& runs, const TextStyle& style) {
  if (runs.empty()) return "No runs yet.\n";
  const Row heading{"RUN", "CREATED", "STATE", "DONE", "NOT OK", "JOBS FILE"};
  std::vector<Row> rows{heading};
  for (const RunOverview& run : runs) rows.push_back(row_of(run, style));
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text = table_line(heading, widths, Ink::plain, style);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    text += table_line(rows[i + 1], widths, state_ink(runs[i]), style);
  }
  return text;
}

std::string status_text(const RunOverview& run, const TextStyle& style) {
  std::string text =
      labelled("Run", fmt::format("{} of {}", run.run_id, printable(run.jobs_file, style.unicode)));
  text += labelled("State", painted(state_sentence(run, style), state_ink(run), style));
  std::string since = date_and_minute(run.created);
  if (run.since_last_event)
    since += fmt::format(", last news {} ago", elapsed_text(*run.since_last_event));
  text += labelled("Created", since);
  std::string commands = counts_text(run.counts);
  if (run.state == RunState::running && run.left) commands += ", " + left_text(run.left);
  text += labelled("Commands", commands);
  if (const std::string uploads = upload_text(run.uploads); !uploads.empty()) {
    text += labelled("Uploads", fmt::format("{} ({})", uploads, run.upload_place));
  }
  if (run.warm > 0) {
    text += labelled("Starts", fmt::format("{} warm, {} cold; spared {} of imports", run.warm,
                                           run.cold, human_duration(run.spared)));
  }
  if (run.cluster) text += labelled("Broker", broker_sentence(*run.cluster));
  if (!run.run_folder.empty()) text += labelled("Folder", run.run_folder);

  if (run.cluster) add_section(worker_lines(*run.cluster, style), text);
  add_section(running_lines(run, style), text);
  add_section(verified_text(run.verified, run.run_folder, style), text);
  add_section(troubles_text(run.troubles, run.incomplete, kMostTroubleLines, style), text);
  add_section(next_steps(run), text);
  return text;
}

}  // namespace shoal
