#include "exec/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "exec/descriptor.h"

namespace shoal {

std::optional<std::string> read_small_file(const std::string& path) {
  constexpr std::size_t kPiece = 16 * 1024;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + kPiece);
    const ssize_t got = ::read(file.get(), text.data() + size, kPiece);
    text.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) return text;
    if (got < 0 && errno != EINTR) return std::nullopt;
  }
}

}  // namespace shoal
