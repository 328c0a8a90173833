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

/// The run's folder, open, with its path: what an attempt's paths are
/// relative to.
struct RunFolder {
  int descriptor = -1;
  std::string path;
};

/// Does what an attempt's spec asks for before its command starts: looks for
/// required inputs, moves outdated outputs aside, recognizes a finished
/// result, removes leftovers, cuts appended files back (after what is cut off
/// was saved in the aside folder). Touches exactly the listed paths. nullopt: the command can
/// start.
std::optional<EarlyEnd> prepare(const AttemptSpec& spec, const RunFolder& folder);

std::vector<Fingerprint> take_fingerprints(const std::vector<std::string>& paths, bool with_hash,
                                           const RunFolder& folder);

}  // namespace shoal
