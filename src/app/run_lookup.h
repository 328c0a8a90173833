#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/options.h"
#include "base/error.h"
#include "journal/run_directory.h"
#include "journal/run_record.h"

namespace shoal {

/// The `.shoal` of a project folder. An error when the folder has none.
Expected<ShoalFolder> find_shoal_folder(const std::string& folder);

/// A run that somebody wants to look at.
struct FoundRun {
  ShoalFolder folder;
  RunId id;
  RunRecord record;
  bool alive = false;  // a process works on it now
};

/// The newest run, or the one whose id begins or ends with `options.run`.
Expected<FoundRun> find_run(const LookOptions& options, bool every_attempt = false);

/// The texts of a run's commands, by number, as the jobs file has them now;
/// empty where the file has changed since or is gone.
class CommandTexts {
 public:
  explicit CommandTexts(const RunRecord& record);
  std::string text(CommandId id) const;
  std::uint32_t line(CommandId id) const;  // 0: unknown

 private:
  struct Entry {
    std::string text;
    std::uint32_t line = 0;
  };
  std::vector<Entry> entries_;  // by number - 1
};

}  // namespace shoal
