#pragma once

#include <fcntl.h>

#include "journal/file_descriptor.h"

namespace shoal {

/// The same file with a number above 2, so that making it a child's stdin or
/// stdout cannot overwrite another: a shoal that was started with these closed
/// gets their numbers from open(2).
inline FileDescriptor above_standard(FileDescriptor file) {
  if (file.get() < 0 || file.get() > 2) return file;
  return FileDescriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace shoal
