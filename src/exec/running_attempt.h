#pragma once

#include <sys/types.h>

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "exec/descriptor.h"
#include "sched/attempt.h"

namespace shoal {

/// Why shoal itself stopped an attempt.
enum class Stop : std::uint8_t { none, timeout, cancel };

/// What occupies a slot while its process runs.
struct RunningAttempt {
  AttemptSpec spec;
  AttemptResult result;  // what is known of it at the start
  pid_t pid = -1;        // also its process group; -1: nothing runs
  FileDescriptor pidfd;
  Stop stop = Stop::none;
  std::chrono::steady_clock::time_point clock_at_start;
  std::string script_file;
  std::optional<asio::steady_timer> timer;  // made for the slot's first attempt that needs one
  bool is_timed = false;                    // the timer is armed
  bool is_starting = false;                 // a fork server was asked for its process

  bool is(CommandId command, AttemptNumber attempt) const {
    return (pid > 0 || is_starting) && spec.command == command && spec.attempt == attempt;
  }
};

}  // namespace shoal
