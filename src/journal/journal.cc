#include "journal/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>

#include "journal/background_sync.h"
#include "journal/disk.h"
#include "journal/file_descriptor.h"

namespace shoal {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

/// Bytes from the begin of the file to the end of its last whole line. -1: errno.
off_t whole_lines_size(int descriptor, off_t size) {
  std::array<char, kBlock> block{};
  for (off_t end = size; end > 0;) {
    const off_t begin = end > off_t{kBlock} ? end - off_t{kBlock} : 0;
    const ssize_t got =
        read_at(descriptor, block.data(), static_cast<std::size_t>(end - begin), begin);
    if (got < 0) return -1;
    for (ssize_t at = got; at > 0; --at) {
      if (block[static_cast<std::size_t>(at - 1)] == '\n') return begin + at;
    }
    end = begin;
  }
  return 0;
}

}  // namespace

class JournalWriter::Impl {
 public:
  Impl(FileDescriptor file, std::string path, off_t whole)
      : path_(std::move(path)), file_(std::move(file)), whole_(whole), sync_(file_.get()) {}

  void append(const JournalRecord& record) { append_json(record, pending_); }

  Expected<void> write() {
    if (const int code = sync_.error(); code != 0) return disk_error(path_, "cannot sync", code);
    if (torn_ && !cut_torn_tail()) return disk_error(path_, "cannot cut a torn line", errno);
    std::size_t done = 0;
    while (done < pending_.size()) {
      const ssize_t wrote = ::write(file_.get(), pending_.data() + done, pending_.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) {
        const int code = wrote < 0 ? errno : EIO;
        keep_whole_lines(done);
        return disk_error(path_, "cannot write the journal", code);
      }
      done += static_cast<std::size_t>(wrote);
    }
    whole_ += static_cast<off_t>(done);
    pending_.clear();
    return {};
  }

  void sync() { sync_.request(); }

  Expected<void> flush() {
    if (auto written = write(); !written) return written;
    // An error of an earlier write-back is reported to one caller of fsync
    // only, which may have been the thread.
    const int code = sync_.now();
    if (code != 0) return disk_error(path_, "cannot sync", code);
    return {};
  }

 private:
  /// After a failure: `done` bytes of pending_ reached the file.
  void keep_whole_lines(std::size_t done) {
    const std::size_t lines = std::string_view(pending_).substr(0, done).rfind('\n') + 1;
    whole_ += static_cast<off_t>(lines);
    pending_.erase(0, lines);
    torn_ = done > lines;
    if (torn_) cut_torn_tail();
  }

  bool cut_torn_tail() {
    if (::ftruncate(file_.get(), whole_) != 0) return false;
    torn_ = false;
    return true;
  }

  std::string path_;
  FileDescriptor file_;
  off_t whole_;        // bytes of the file up to the end of its last whole line
  bool torn_ = false;  // part of a line stands behind whole_
  std::string pending_;
  BackgroundSync sync_;  // last, so that its thread ends before the file closes
};

JournalWriter::JournalWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

JournalWriter::~JournalWriter() { static_cast<void>(flush()); }

Expected<std::unique_ptr<JournalWriter>> JournalWriter::open(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file) return disk_error(path, "cannot open the journal", errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return disk_error(path, "cannot open the journal", errno);
  const off_t whole = whole_lines_size(file.get(), status.st_size);
  if (whole < 0) return disk_error(path, "cannot read the journal", errno);
  if (whole < status.st_size && ::ftruncate(file.get(), whole) != 0) {
    return disk_error(path, "cannot cut a torn line", errno);
  }
  if (whole == 0) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (auto synced = sync_folder(folder.empty() ? "." : folder); !synced) {
      return tl::unexpected(synced.error());
    }
  }
  return std::unique_ptr<JournalWriter>(
      new JournalWriter(std::make_unique<Impl>(std::move(file), path, whole)));
}

void JournalWriter::append(const JournalRecord& record) { impl_->append(record); }
Expected<void> JournalWriter::write() { return impl_->write(); }
void JournalWriter::sync() { impl_->sync(); }
Expected<void> JournalWriter::flush() { return impl_->flush(); }

}  // namespace shoal
