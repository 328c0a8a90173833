#include "app/commands.h"
#include "app/run_lookup.h"
#include "app/terminal.h"
#include "journal/exports.h"

namespace shoal {

Expected<int> report_command(const LookOptions& options) {
  if (!options.joblog && !options.trace) return status_command(options);
  const auto run = find_run(options, true);
  if (!run) return tl::unexpected(run.error());
  const CommandTexts texts(run->record);
  const auto text_of = [&](CommandId id) { return texts.text(id); };
  Terminal::write_stdout(options.joblog ? joblog(run->record, text_of)
                                        : chrome_trace(run->record, text_of));
  return exit_code::kAllDone;
}

}  // namespace shoal
