#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sched/attempt.h"

namespace shoal {

/// A snapshot is a bash script that makes any bash look as the shell did after
/// an opaque line: variables, functions, options, aliases, traps, folder, the
/// stack of folders, umask, resource limits, positional parameters. Not in it:
/// open descriptors and background jobs. A trap on EXIT is in it, so whoever
/// sources it must take that back where a shell's end is not the file's.
///
/// The line's shell writes it into a draft, between a first and a last line
/// that show whether it is whole; the executor then renames the draft.

/// Where the line's shell writes.
std::string snapshot_draft(std::string_view snapshot_file);

/// Bash text that runs the spec's text, waits for its background jobs, writes
/// the draft of `snapshot_file` (absolute, since the text may change the
/// folder) and ends with the status that the text ended with.
std::string with_snapshot(const AttemptSpec& spec, std::string_view snapshot_file);

/// Bash text that begins the prelude of later commands.
std::string restore_snapshot(std::string_view snapshot_file);

enum class DraftState : std::uint8_t {
  untouched,  // the line ended its shell before it could be written
  partial,    // a disk is full, or the shell was killed
  whole,
};
DraftState inspect_draft(const std::string& draft);

}  // namespace shoal
