#include "view/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "view/screen_text.h"

namespace shoal {
namespace {

constexpr std::size_t kMostTroubleLines = 30;

bool all_done(const Scheduler::Counts& counts) { return counts.done == counts.total; }

std::string commands(std::uint32_t count) {
  return fmt::format("{} {}", count, count == 1 ? "command" : "commands");
}

std::string all_done_headline(const RunSummary& summary) {
  const Scheduler::Counts& counts = summary.counts;
  if (counts.total == 0)
    return fmt::format("Nothing to do: {} has no commands.", summary.jobs_file);
  if (summary.already_done == counts.total) {
    return counts.total == 1
               ? "Nothing to do: the one command was done already."
               : fmt::format("Nothing to do: all {} commands were done already.", counts.total);
  }
  const std::string who =
      counts.total == 1 ? "1 command" : fmt::format("All {} commands", counts.total);
  const std::string before =
      summary.already_done > 0 ? fmt::format(" ({} of them before)", summary.already_done) : "";
  return fmt::format("{} done{}, in {}.", who, before, human_duration(summary.wall));
}

std::string unfinished_headline(const RunSummary& summary) {
  const Scheduler::Counts& counts = summary.counts;
  std::string text =
      fmt::format("{} after {}: {} of {} done", summary.interrupted ? "Stopped" : "Ended",
                  human_duration(summary.wall), counts.done, commands(counts.total));
  if (summary.already_done > 0) text += fmt::format(" ({} of them before)", summary.already_done);
  const auto add = [&](std::uint32_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(counts.failed, "failed");
  add(counts.skipped, "skipped");
  add(counts.held, "held back");
  add(counts.not_reached + counts.waiting + counts.ready + counts.running, "unfinished");
  return text + ".";
}

std::string headline(const RunSummary& summary, const TextStyle& style) {
  const Glyphs& glyph = glyphs(style.unicode);
  if (all_done(summary.counts)) {
    return painted(fmt::format("{} {}", glyph.done, all_done_headline(summary)), Ink::green, style);
  }
  const bool failed = summary.counts.failed > 0 || summary.counts.skipped > 0;
  return painted(
      fmt::format("{} {}", failed ? glyph.failed : glyph.warning, unfinished_headline(summary)),
      failed ? Ink::red : Ink::yellow, style);
}

/// "  1.9 of 2 cores busy, largest command 270 MiB."; "" when nothing ran.
std::string usage_line(const RunSummary& summary) {
  const Duration cpu = summary.usage.user + summary.usage.system;
  if (cpu <= Duration{0} || summary.wall <= Duration{0}) return "";
  constexpr double kHardlyAny = 0.05;
  const double busy = seconds(cpu) / seconds(summary.wall);
  std::string line = busy < kHardlyAny ? "  Hardly any core time" : fmt::format("  {:.1f}", busy);
  if (busy >= kHardlyAny) {
    line += summary.cores > 0 ? fmt::format(" of {} cores busy", summary.cores) : " cores busy";
  }
  if (summary.usage.peak_memory > 0) {
    line += fmt::format(", largest command {}", human_bytes(summary.usage.peak_memory));
  }
  return line + ".";
}

/// "  7 commands started warm and 5 cold, which spared 9 s of imports."
std::string warm_lines(const RunSummary& summary) {
  std::string lines;
  if (summary.warm > 0) {
    lines += fmt::format("  {} started warm", commands(summary.warm));
    if (summary.cold > 0) lines += fmt::format(" and {} cold", summary.cold);
    if (summary.spared >= std::chrono::milliseconds(100)) {
      lines += fmt::format(", which spared {} of imports", human_duration(summary.spared));
    }
    lines += ".\n";
  }
  if (!summary.warm_trouble.empty()) {
    lines += fmt::format("  Some commands started cold: {}.\n", summary.warm_trouble);
  }
  return lines;
}

std::string where_to_look(const RunSummary& summary) {
  const auto failed =
      std::find_if(summary.troubles.begin(), summary.troubles.end(),
                   [](const Trouble& trouble) { return trouble.state == CommandState::failed; });
  if (failed == summary.troubles.end()) return "";
  std::string lines = fmt::format("Output:     shoal logs {}{}\n", number(failed->command),
                                  summary.counts.failed > 1 ? "  (of the first)" : "");
  if (!summary.run_folder.empty())
    lines += fmt::format("All output: {}/logs\n", summary.run_folder);
  return lines;
}

std::string how_to_go_on(const RunSummary& summary) {
  if (all_done(summary.counts) || summary.resume_command.empty()) return "";
  return fmt::format("To go on:   {}  (what is done is not run again)\n", summary.resume_command);
}

}  // namespace

std::string summary_text(const RunSummary& summary, const TextStyle& style) {
  std::string text = headline(summary, style) + "\n";
  const std::string usage = usage_line(summary);
  if (!usage.empty()) text += painted(usage, Ink::dim, style) + "\n";
  const std::string warm = warm_lines(summary);
  if (!warm.empty()) {
    text += painted(warm.substr(0, warm.size() - 1), Ink::dim, style) + "\n";
  }
  text += verified_text(summary.verified, summary.run_folder, style);
  if (summary.threads_limited && !usage.empty()) {
    text += painted("  Thread pools were kept to one thread a command (see --threads).", Ink::dim,
                    style) +
            "\n";
  }
  if (const std::string uploads = upload_text(summary.uploads); !uploads.empty()) {
    text +=
        painted(fmt::format("  To {}: {}.", summary.upload_place, uploads), Ink::dim, style) + "\n";
  }
  const std::string troubles =
      troubles_text(summary.troubles, summary.incomplete, kMostTroubleLines, style);
  if (!troubles.empty()) text += "\n" + troubles;
  const std::string what_now = where_to_look(summary) + how_to_go_on(summary);
  if (!what_now.empty()) text += "\n" + what_now;
  return text;
}

}  // namespace shoal
