#include "job/joined_jobs.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/text.h"
#include "job/jobs_reader.h"

namespace shoal {
namespace {

/// cd would take "-m_nb" for an option, and look for "data" in CDPATH.
std::string as_argument(const std::string& folder) {
  const bool is_path_already =
      folder.starts_with('/') || folder.starts_with("./") || folder.starts_with("../");
  return shell_quoted(is_path_already ? folder : "./" + folder);
}

std::string in_folder(const std::string& folder, std::string_view text) {
  const bool is_simple = text.find_first_of(";&|(){}#\n") == std::string_view::npos;
  return is_simple ? fmt::format("(cd {} && {})\n", folder, text)
                   : fmt::format("(cd {} && {{\n{}\n}})\n", folder, text);
}

/// nullopt: some line needs the shell of the lines before it, or numbers of
/// commands in this file.
std::optional<std::string> line_by_line(const std::string& folder, const JobsText& text) {
  if (text.interpreter().find(" -") != std::string_view::npos) return std::nullopt;
  std::string lines;
  JobsReader reader(text, {[](std::string_view) { return std::nullopt; }});
  Command command;
  ParsedLine parsed;
  while (reader.next(command, parsed)) {
    const bool is_plain = command.kind == CommandKind::ordinary && command.directives == 0 &&
                          command.barrier == BarrierReason::none && parsed.folder().empty();
    if (!is_plain) return std::nullopt;
    lines += in_folder(folder, command.text);
  }
  if (reader.error() || reader.stopped_at_line()) return std::nullopt;
  return lines;
}

}  // namespace

std::string joined_jobs(const std::vector<FolderJobs>& all) {
  std::string joined;
  for (const FolderJobs& jobs : all) {
    if (!jobs.heading.empty()) joined += fmt::format("# {}\n", jobs.heading);
    const std::string folder = as_argument(jobs.folder);
    joined += line_by_line(folder, jobs.text)
                  .value_or(fmt::format("(cd {} && bash {})\n", folder, shell_quoted(jobs.file)));
  }
  return joined;
}

}  // namespace shoal
