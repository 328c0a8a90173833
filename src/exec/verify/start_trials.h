#pragma once

#include <string>

#include "base/error.h"
#include "exec/shell.h"
#include "exec/verify/scratch_copy.h"
#include "sched/attempt.h"
#include "sched/start_verdict.h"

namespace shoal {

/// A command to be started cold and warm.
struct TrialRequest {
  AttemptSpec spec;
  std::string working_directory;  // that the spec is meant for, absolute; nothing in it is changed
  ScratchList list;               // what of it a scratch copy holds
  Shell shell;
  std::string knowledge;  // folder of what Python programs import, absolute
  std::string folder;     // for the scratch copies, absolute; made here
};

/// Runs the command cold, twice warm (the second time it finds imported what
/// the first one had to import itself), and compares what each leaves. What
/// differs is compared with more cold starts, the first of them after the warm
/// ones, so that a clock or a counter that goes on is found out.
///
/// All run at the same path, `folder`/work, one after the other. Where cold and
/// warm differ, `folder`/cold and `folder`/warm keep what they left; else the
/// folder is removed.
///
/// Errors: a copy cannot be made; TERM or INT came, after which the command has
/// been stopped.
Expected<VerifiedStart> try_starts(const TrialRequest& request);

}  // namespace shoal
