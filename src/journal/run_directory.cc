#include "journal/run_directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "journal/journal.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

std::string relative_to_jobs_file(const std::string& jobs_file, const std::string& folder) {
  return fs::path(folder).lexically_relative(fs::path(jobs_file).parent_path()).lexically_normal();
}

}  // namespace

std::string in_run_folder(const std::string& run_folder, std::string_view path,
                          std::string_view worker) {
  std::string whole = run_folder;
  whole.append("/").append(path);
  if (!worker.empty()) whole.append("/").append(worker);
  return whole;
}

ShoalFolder::ShoalFolder(const std::string& jobs_file)
    : path_((fs::path(jobs_file).parent_path() / ".shoal").string()) {}

std::string ShoalFolder::commands_toml() const { return path_ + "/commands.toml"; }
std::string ShoalFolder::history() const { return path_ + "/history.jsonl"; }
std::string ShoalFolder::warm_knowledge() const { return path_ + "/warm"; }
std::string ShoalFolder::run(const RunId& id) const { return path_ + "/runs/" + id.text(); }
std::string ShoalFolder::journal(const RunId& id) const { return run(id) + "/journal.jsonl"; }

std::string ShoalFolder::cancel_file(const RunId& id) const { return run(id) + "/cancel"; }
std::string ShoalFolder::logs(const RunId& id, std::string_view worker) const {
  return in_run_folder(run(id), kLogFolder, worker);
}

std::vector<RunId> ShoalFolder::runs(const std::optional<std::string>& jobs_file) const {
  std::vector<RunId> ids;
  std::error_code error;
  fs::directory_iterator entries(path_ + "/runs", error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (!RunId::is_valid(name)) continue;
    RunId id(name);
    if (jobs_file) {
      const auto header = read_header(journal(id));
      if (!header || fs::path(header->jobs_file).filename() != fs::path(*jobs_file).filename()) {
        continue;
      }
    }
    ids.push_back(std::move(id));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool continues(const HeaderRecord& header, const std::string& jobs_file,
               const std::string& working_directory) {
  return fs::path(header.jobs_file).filename() == fs::path(jobs_file).filename() &&
         relative_to_jobs_file(header.jobs_file, header.working_directory) ==
             relative_to_jobs_file(jobs_file, working_directory);
}

}  // namespace shoal
