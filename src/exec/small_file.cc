#include "exec/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

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

std::optional<std::uint64_t> number_behind(std::string_view name, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t blank = line.find_first_of(" \t");
    if (line.substr(0, blank) != name) continue;
    line.remove_prefix(std::min(line.find_first_not_of(" \t", blank), line.size()));
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error == std::errc{}) return number;
  }
  return std::nullopt;
}

}  // namespace shoal
