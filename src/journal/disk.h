#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace shoal {

/// The error of a call that failed with `code` (errno) at `path`, with the cure
/// that a person would need. "cannot write: No space left on device".
tl::unexpected<Error> disk_error(const std::string& path, const std::string& what, int code);

/// Makes the folder and those above it that are missing, so that they survive
/// the death of the machine.
Expected<void> make_folders(const std::string& path);

/// Makes the names in a folder durable (fsync(2): a file's own fsync does not).
/// File systems that cannot sync a folder are taken at their word.
Expected<void> sync_folder(const std::string& path);

/// Reads up to `size` bytes at `offset` into `buffer`, retrying interrupted and
/// short reads; fewer only at the end of the file. -1: errno.
ssize_t read_at(int descriptor, char* buffer, std::size_t size, off_t offset);

}  // namespace shoal
