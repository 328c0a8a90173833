#pragma once

#include <string>

#include "sched/attempt.h"

namespace shoal {

/// How an attempt ended, as far as people are told.
struct End {
  EndClass end = EndClass::ok;
  int exit_code = 0;
  int signal = 0;
  std::string detail;  // the missing path, ...; may be empty
};

/// In a few words: "exit 1", "killed by SIGSEGV", "out of memory", "over its
/// time limit", "did not make output/x.csv".
std::string end_text(const End& end);

/// A sentence on what it often means or what may help; "" where nothing is known.
std::string end_hint(const End& end);

}  // namespace shoal
