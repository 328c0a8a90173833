#include "app/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "exec/log_file.h"

namespace shoal {
namespace {

bool is_data_file(std::string_view path) {
  constexpr std::array<std::string_view, 9> kExtensions = {".csv", ".tsv", ".tab",  ".ris", ".xlsx",
                                                           ".xls", ".bib", ".nbib", ".enw"};
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view extension) { return path.ends_with(extension); });
}

/// Which failed command is at the root of each skipped one.
class Blame {
 public:
  Blame(const Project& project, const std::vector<SettledTrouble>& troubles) : project_(project) {
    for (const SettledTrouble& trouble : troubles) {
      if (trouble.settled.state == CommandState::skipped) {
        source_[number(trouble.settled.command)] = writer_of(trouble);
      }
    }
  }

  std::uint32_t root_of(CommandId id) const {
    std::uint32_t at = number(id);
    // A skipped command's source comes earlier in the file, so this ends.
    for (auto next = source_.find(at); next != source_.end(); next = source_.find(at)) {
      if (next->second == 0 || next->second >= at) break;
      at = next->second;
    }
    return at;
  }

 private:
  std::uint32_t writer_of(const SettledTrouble& trouble) const {
    const Plan& plan = project_.plan();
    for (const Access& access : plan.accesses(trouble.settled.command)) {
      if (access.extent == Extent::exact && access.mode == AccessMode::read &&
          plan.paths().text(access.path) == trouble.last.detail) {
        return number(plan.last_writer(access.path));
      }
    }
    return 0;
  }

  const Project& project_;
  std::unordered_map<std::uint32_t, std::uint32_t> source_;
};

std::string first_output(const Plan& plan, CommandId id) {
  for (const Access& access : plan.accesses(id)) {
    if (access.mode == AccessMode::write && access.extent == Extent::exact) {
      return plan.paths().text(access.path);
    }
  }
  return fmt::format("command {}", number(id));
}

Trouble make_trouble(const Project& project, const RunId& run, const SettledTrouble& settled) {
  const Command& command = project.plan().command(settled.settled.command);
  Trouble trouble;
  trouble.command = settled.settled.command;
  trouble.line = command.line;
  trouble.text = command.text;
  trouble.state = settled.settled.state;
  trouble.end = settled.settled.end;
  trouble.exit_code = settled.last.exit_code;
  trouble.signal = settled.last.signal;
  trouble.detail = settled.last.detail;
  if (trouble.state == CommandState::failed) {
    const std::string logs = project.folder().logs(run, settled.last.worker);
    trouble.last_output = last_lines(logs, settled.last.log, kOutputLines);
  }
  return trouble;
}

}  // namespace

std::string data_set_of(const Plan& plan, CommandId id) {
  for (const Access& access : plan.accesses(id)) {
    if (access.mode != AccessMode::read || access.extent != Extent::exact ||
        plan.is_written(access.path)) {
      continue;
    }
    const std::string path = plan.paths().text(access.path);
    if (is_data_file(path)) return std::filesystem::path(path).stem().string();
  }
  return "";
}

RunTexts run_texts(const Project& project) {
  const Plan& plan = project.plan();
  return RunTexts{plan.command_count(),
                  [&plan](CommandId id) { return std::string(plan.command(id).text); },
                  [&plan](CommandId id) { return plan.command(id).line; },
                  [&plan](CommandId id) { return data_set_of(plan, id); }};
}

std::string short_path(const std::string& path) {
  std::error_code unknown;
  const auto relative =
      std::filesystem::path(path).lexically_relative(std::filesystem::current_path(unknown));
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

void sort_troubles(std::vector<Trouble>& troubles) {
  std::stable_sort(troubles.begin(), troubles.end(), [](const Trouble& a, const Trouble& b) {
    const bool a_failed = a.state == CommandState::failed;
    const bool b_failed = b.state == CommandState::failed;
    if (a_failed != b_failed) return a_failed;
    return number(a.command) < number(b.command);
  });
}

std::vector<std::string> last_lines(const std::string& log_folder, const LogRange& range,
                                    std::size_t most) {
  constexpr std::uint64_t kTail = 4096;
  const std::uint64_t begin = range.end - std::min(range.end - range.begin, kTail);
  const std::string tail = read_log(log_folder, LogRange{range.slot, begin, range.end});
  std::vector<std::string> lines;
  std::string_view rest = tail;
  while (!rest.empty() && lines.size() < most) {
    while (rest.ends_with('\n') || rest.ends_with('\r')) rest.remove_suffix(1);
    const std::size_t start = rest.find_last_of("\n\r") + 1;
    if (rest.empty()) break;
    lines.emplace_back(rest.substr(start));
    rest = rest.substr(0, start);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

RunSummary summarize(const Project& project, const RunChoice& run, const SessionOutcome& outcome) {
  RunSummary summary;
  summary.run_id = run.id.text();
  summary.jobs_file = project.given_name();
  summary.counts = outcome.counts;
  summary.already_done = run.already_done;
  summary.wall = outcome.wall;
  summary.usage = outcome.usage;
  summary.uploads = outcome.uploads;
  summary.warm = outcome.warm;
  summary.cold = outcome.cold;
  summary.spared = outcome.spared;
  for (const VerifiedStart& start : outcome.verified) {
    summary.verified.push_back({start, std::string(project.plan().command(start.command).text)});
  }
  summary.interrupted = outcome.interrupted;
  summary.run_folder = short_path(project.folder().run(run.id));
  summary.resume_command = "shoal run " + shell_quoted(project.given_name());

  const Blame blame(project, outcome.troubles);
  std::unordered_map<std::uint32_t, std::uint32_t> skipped_for;
  for (const SettledTrouble& trouble : outcome.troubles) {
    if (trouble.settled.state == CommandState::skipped) {
      ++skipped_for[blame.root_of(trouble.settled.command)];
    }
  }
  for (const SettledTrouble& settled : outcome.troubles) {
    Trouble trouble = make_trouble(project, run.id, settled);
    if (const auto found = skipped_for.find(number(trouble.command));
        found != skipped_for.end() && trouble.state == CommandState::failed) {
      trouble.dependents_skipped = found->second;
    }
    summary.troubles.push_back(std::move(trouble));
  }
  sort_troubles(summary.troubles);
  for (const SettleAction& settled : outcome.incomplete) {
    summary.incomplete.push_back(IncompleteOutput{
        settled.command, first_output(project.plan(), settled.command), *settled.incomplete});
  }
  return summary;
}

}  // namespace shoal
