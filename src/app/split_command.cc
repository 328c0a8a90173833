#include <fmt/format.h>

#include "app/commands.h"
#include "app/own_file.h"
#include "app/project.h"
#include "app/terminal.h"
#include "plan/split.h"

namespace shoal {
namespace {

constexpr std::string_view kMark = "# Written by shoal split";

std::string part_name(const std::string& jobs_file, std::size_t part) {
  return fmt::format("{}.part{}", jobs_file, part + 1);
}

std::string heading(std::string_view interpreter, std::size_t part, const std::string& name) {
  return fmt::format("#!{}\n{}: part {} of {}\n",
                     interpreter.empty() ? "/usr/bin/env bash" : interpreter, kMark, part + 1,
                     name);
}

std::string advice(const std::string& jobs_file, const JobsParts& parts) {
  std::string text;
  const std::string_view how[] = {"first, in order:      bash {}",
                                  "then, in any order:   parallel < {}",
                                  "last, in order:       bash {}"};
  for (std::size_t part = 0; part < parts.texts.size(); ++part) {
    text += fmt::format("{:>8} command{}  {}\n", parts.commands[part],
                        parts.commands[part] == 1 ? " " : "s",
                        fmt::format(fmt::runtime(how[part]), part_name(jobs_file, part)));
  }
  if (parts.serial_from_line) {
    text += fmt::format(
        "From line {} on everything is in the last part, because what that line does to the shell "
        "cannot be taken apart.\n",
        *parts.serial_from_line);
  }
  text += fmt::format("shoal run {} does the same, with the last part in parallel as well.\n",
                      jobs_file);
  return text;
}

}  // namespace

Expected<int> split_command(const SplitOptionsGiven& options) {
  const auto project = Project::load(options.jobs_file, "auto", options.command_tables);
  if (!project) return tl::unexpected(project.error());
  // The second part may hold nothing but commands, so only the others are marked.
  const auto own =
      check_is_own(part_name(options.jobs_file, 0), kMark, "Move it away, or give it another name");
  if (!own) return tl::unexpected(own.error());
  const std::string_view interpreter = project->text().interpreter();
  const JobsParts parts = split_jobs(project->plan(), interpreter);
  for (std::size_t part = 0; part < parts.texts.size(); ++part) {
    const std::string head = part == 1 ? "" : heading(interpreter, part, options.jobs_file);
    const auto written = write_own(part_name(options.jobs_file, part), head + parts.texts[part]);
    if (!written) return tl::unexpected(written.error());
  }
  Terminal::write_stdout(advice(options.jobs_file, parts));
  return exit_code::kAllDone;
}

}  // namespace shoal
