#include "app/run_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/project.h"
#include "job/jobs_reader.h"

namespace shoal {

Expected<ShoalFolder> find_shoal_folder(const std::string& folder) {
  const auto absolute = std::filesystem::weakly_canonical(folder);
  ShoalFolder found((absolute / "jobs.sh").string());
  if (std::filesystem::is_directory(found.path())) return found;
  return input_error(folder, "nothing was run in this folder: it has no .shoal",
                     "Change to the project's folder, or name it with -C");
}

Expected<FoundRun> find_run(const LookOptions& options, bool every_attempt) {
  const auto folder = find_shoal_folder(options.folder);
  if (!folder) return tl::unexpected(folder.error());
  std::vector<RunId> runs = folder->runs();
  std::erase_if(runs, [&](const RunId& id) {
    return !id.text().ends_with(options.run) && !id.text().starts_with(options.run);
  });
  if (runs.empty()) {
    return input_error(
        options.folder,
        options.run.empty() ? "it has no run yet" : fmt::format("it has no run '{}'", options.run),
        "See them with: shoal runs");
  }
  if (!options.run.empty() && runs.size() > 1) {
    return input_error(options.folder, fmt::format("'{}' fits {} runs", options.run, runs.size()),
                       "Give more of the id; see them with: shoal runs");
  }
  const RunId id = runs.back();
  auto record = read_run(folder->journal(id), every_attempt);
  if (!record) return tl::unexpected(record.error());
  return FoundRun{*folder, id, std::move(*record), RunLock::is_held(folder->run(id))};
}

CommandTexts::CommandTexts(const RunRecord& record) {
  auto bytes = read_file(record.header.jobs_file, "jobs file");
  if (!bytes) return;
  const auto text = JobsText::from(std::move(*bytes), record.header.jobs_file);
  if (!text) return;
  JobsReader reader(*text, ReaderOptions{environment_value});
  Command command;
  ParsedLine parsed;
  while (reader.next(command, parsed)) {
    entries_.push_back(Entry{std::string(command.text), command.line});
  }
}

std::string CommandTexts::text(CommandId id) const {
  const std::size_t at = number(id) - 1;
  return at < entries_.size() ? entries_[at].text : "";
}

std::uint32_t CommandTexts::line(CommandId id) const {
  const std::size_t at = number(id) - 1;
  return at < entries_.size() ? entries_[at].line : 0;
}

}  // namespace shoal
