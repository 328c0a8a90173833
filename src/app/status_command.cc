#include "app/commands.h"
#include "app/run_lookup.h"
#include "app/run_overview.h"
#include "app/terminal.h"
#include "view/status.h"

namespace shoal {

Expected<int> status_command(const LookOptions& options) {
  const auto run = find_run(options);
  if (!run) return tl::unexpected(run.error());
  const CommandTexts texts(run->record);
  Terminal::write_stdout(status_text(overview_of(*run, &texts), Terminal::detect().stdout_style()));
  return exit_code::kAllDone;
}

Expected<int> runs_command(const LookOptions& options) {
  const auto folder = find_shoal_folder(options.folder);
  if (!folder) return tl::unexpected(folder.error());
  std::vector<RunOverview> overviews;
  for (const RunId& id : folder->runs()) {
    auto record = read_run(folder->journal(id));
    if (!record) {
      // One broken journal must not hide the others.
      Terminal::write_stderr("shoal: " + record.error().sentence() + "\n");
      continue;
    }
    const FoundRun run{*folder, id, std::move(*record), RunLock::is_held(folder->run(id))};
    overviews.push_back(overview_of(run, nullptr));
  }
  Terminal::write_stdout(runs_table(overviews, Terminal::detect().stdout_style()));
  return exit_code::kAllDone;
}

}  // namespace shoal
