#pragma once

#include <string>
#include <vector>

#include "sched/start_verdict.h"
#include "view/text_style.h"

namespace shoal {

/// A command that was started on trial, and what it stands for.
struct VerifiedKind {
  VerifiedStart start;
  std::string text;  // of the command
};

/// A sentence about a command that leaves something else when it starts warm,
/// as soon as that is known.
std::string differing_start_text(const VerifiedStart& verified);

/// What the trials of a run have found, as lines: one about all that are well,
/// and what there is to know of the others. Of several about one command the
/// last counts. `run_folder` is where to look. "" when there were none.
std::string verified_text(const std::vector<VerifiedKind>& verified, const std::string& run_folder,
                          const TextStyle& style);

}  // namespace shoal
