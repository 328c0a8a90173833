#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sched/attempt.h"

namespace shoal {

/// An attempt that ends before anything runs.
struct EarlyEnd {
  EndClass end = EndClass::ok;
  std::string detail;
};

/// Where an executor finds what a spec's paths are relative to.
struct RunFolders {
  int descriptor = -1;            // of the working directory, open
  std::string working_directory;  // absolute
  std::string run_folder;         // `.shoal/runs/RUN`, absolute
  std::string worker = {};        // whose logs and scripts there; empty: the tasker's own
};

/// Does what an attempt's spec asks for before its command starts: looks for
/// required inputs, moves outdated outputs aside; where the command may have
/// been started before, recognizes a finished result, removes leftovers, and
/// cuts appended files back (after what is cut off was saved in the aside
/// folder). Touches exactly the listed paths. nullopt: the command can start.
std::optional<EarlyEnd> prepare(const AttemptSpec& spec, const RunFolders& folders);

std::vector<Fingerprint> take_fingerprints(const std::vector<std::string>& paths, bool with_hash,
                                           const RunFolders& folders);

}  // namespace shoal
