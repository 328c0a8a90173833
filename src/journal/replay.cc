#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "journal/disk.h"
#include "journal/file_descriptor.h"
#include "journal/journal.h"

namespace shoal {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
constexpr std::size_t kFollowChunk = 16 * 1024;

/// Hands out a file's lines one by one; what follows the last newline is no
/// line. The buffer grows only for a line that is longer than it.
class LineReader {
 public:
  LineReader(FileDescriptor file, std::uint64_t from, std::size_t chunk)
      : file_(std::move(file)), buffer_(chunk, '\0'), offset_(static_cast<off_t>(from)) {}

  /// False at the end of the file, or when error() is set. The line lives until
  /// the next call.
  bool next(std::string_view& line) {
    for (;;) {
      const char* const begin = buffer_.data() + begin_;
      const std::size_t searched = searched_;
      const void* const newline = std::memchr(begin + searched, '\n', end_ - begin_ - searched);
      if (newline != nullptr) {
        line = std::string_view(
            begin, static_cast<std::size_t>(static_cast<const char*>(newline) - begin));
        begin_ += line.size() + 1;
        searched_ = 0;
        ++number_;
        return true;
      }
      searched_ = end_ - begin_;
      if (!fill()) return false;
    }
  }
  std::uint64_t number() const { return number_; }  // of the last line, from 1
  /// Where the last line ends and the next begins.
  std::uint64_t position() const { return static_cast<std::uint64_t>(offset_) - (end_ - begin_); }
  int error() const { return error_; }

 private:
  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const ssize_t got = read_at(file_.get(), buffer_.data() + end_, buffer_.size() - end_, offset_);
    if (got < 0) error_ = errno;
    if (got <= 0) return false;
    end_ += static_cast<std::size_t>(got);
    offset_ += got;
    return true;
  }

  FileDescriptor file_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of what was not handed out
  std::size_t end_ = 0;       // of what was read
  std::size_t searched_ = 0;  // bytes from begin_ that hold no newline
  off_t offset_;              // of the next byte to be read
  std::uint64_t number_ = 0;
  int error_ = 0;
};

Expected<LineReader> open_lines(const std::string& path, std::uint64_t from, std::size_t chunk) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return disk_error(path, "cannot open the journal", errno);
  return LineReader(std::move(file), from, chunk);
}

/// The error of a line, with its place and, if it has none, a cure.
tl::unexpected<Error> at_line(Error error, const std::string& path, std::uint64_t line) {
  error.place = fmt::format("{}:{}", path, line);
  if (error.cure.empty()) {
    error.cure = fmt::format(
        "Keep the lines before it (head -n {}), or start a new run with --fresh", line - 1);
  }
  return tl::unexpected(std::move(error));
}

Error no_header() {
  return {ErrorKind::input,
          {},
          "not a journal of shoal: the first line is no header",
          "Start a new run with --fresh"};
}

}  // namespace

Expected<std::uint64_t> replay_journal(const std::string& path,
                                       const std::function<void(JournalRecord&&)>& visit) {
  auto lines = open_lines(path, 0, kChunk);
  if (!lines) return tl::unexpected(lines.error());
  std::string_view line;
  while (lines->next(line)) {
    auto record = parse_record(line);
    if (!record) return at_line(std::move(record.error()), path, lines->number());
    const bool is_header = *record && std::holds_alternative<HeaderRecord>(**record);
    if (lines->number() == 1 && !is_header) return at_line(no_header(), path, 1);
    if (*record) visit(std::move(**record));
  }
  if (lines->error() != 0) return disk_error(path, "cannot read the journal", lines->error());
  return lines->position();
}

Expected<std::uint64_t> replay_more(const std::string& path, std::uint64_t from,
                                    const std::function<void(JournalRecord&&)>& visit) {
  auto lines = open_lines(path, from, kFollowChunk);
  if (!lines) return tl::unexpected(lines.error());
  std::string_view line;
  while (lines->next(line)) {
    auto record = parse_record(line);
    if (!record) {
      record.error().place = path;
      return tl::unexpected(std::move(record.error()));
    }
    if (*record) visit(std::move(**record));
  }
  if (lines->error() != 0) return disk_error(path, "cannot read the journal", lines->error());
  return lines->position();
}

Expected<HeaderRecord> read_header(const std::string& path) {
  constexpr std::size_t kHeaderChunk = 4096;
  auto lines = open_lines(path, 0, kHeaderChunk);
  if (!lines) return tl::unexpected(lines.error());
  std::string_view line;
  if (!lines->next(line)) {
    if (lines->error() != 0) return disk_error(path, "cannot read the journal", lines->error());
    return at_line(no_header(), path, 1);
  }
  auto record = parse_record(line);
  if (!record) return at_line(std::move(record.error()), path, 1);
  auto* const header = *record ? std::get_if<HeaderRecord>(&**record) : nullptr;
  if (header == nullptr) return at_line(no_header(), path, 1);
  return std::move(*header);
}

}  // namespace shoal
