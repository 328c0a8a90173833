#pragma once

#include <string>

#include "exec/memory_kills.h"
#include "exec/preparation.h"
#include "exec/running_attempt.h"
#include "exec/slot_log.h"
#include "sched/attempt.h"

namespace shoal {

/// Says how attempts ended, from what is left when their process has.
class Judge {
 public:
  /// `memory_limit` as in LocalExecutorOptions.
  Judge(RunFolders folders, MemoryKills memory_kills, std::uint64_t memory_limit);

  /// Sets `end` and `detail` of a result whose exit code, signal, usage and
  /// log range are known. Keeps the shell's snapshot when there is a whole one.
  void judge(const RunningAttempt& attempt, const SlotLog& log, AttemptResult& result);

 private:
  bool ran_out_of_memory(const SlotLog& log, const AttemptResult& result);
  bool keep_snapshot(const AttemptSpec& spec, AttemptResult& result) const;
  void judge_by_exit_code(const AttemptSpec& spec, AttemptResult& result) const;

  RunFolders folders_;
  MemoryKills memory_kills_;
  std::uint64_t memory_limit_;
};

}  // namespace shoal
