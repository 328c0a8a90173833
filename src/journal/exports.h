#pragma once

#include <functional>
#include <string>

#include "base/ids.h"
#include "journal/run_record.h"

namespace shoal {

/// GNU parallel's joblog: Seq, Host (the worker; ":" as parallel has it for
/// the tasker's own machine), Starttime, JobRuntime, Send, Receive,
/// Exitval, Signal, Command, tab-separated, one row an attempt. `text_of` gives
/// a command's line. The record must have been read with every attempt.
std::string joblog(const RunRecord& record, const std::function<std::string(CommandId)>& text_of);

/// Trace Event Format (JSON) for Perfetto and chrome://tracing: a process a
/// worker, a row a slot, a complete event ("ph":"X") an attempt, times in microseconds since the
/// run was made. The record must have been read with every attempt.
std::string chrome_trace(const RunRecord& record,
                         const std::function<std::string(CommandId)>& text_of);

}  // namespace shoal
