#include "journal/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "journal/file_descriptor.h"

namespace shoal {
namespace {

std::string cure_for(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space, then run the same command again; nothing is lost";
    case EFBIG:
      return "Raise the limit on the size of files (ulimit -f), then run the same command again; "
             "nothing is lost";
    case EACCES:
    case EPERM:
      return "Give yourself the right to write there";
    case EROFS:
      return "Copy the project to a place that can be written to";
    case ENOTDIR:
    case EEXIST:
      return "Move the file of that name out of the way";
    case ENOENT:
      return {};
    default:
      return "Check the disk, then run the same command again";
  }
}

std::string parent_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

tl::unexpected<Error> disk_error(const std::string& path, const std::string& what, int code) {
  return infrastructure_error(path, what + ": " + std::generic_category().message(code),
                              cure_for(code));
}

Expected<void> make_folders(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return sync_folder(parent_of(path));
  if (errno == EEXIST) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    return disk_error(path, "cannot make the folder", ENOTDIR);
  }
  if (errno != ENOENT || parent_of(path) == path) {
    return disk_error(path, "cannot make the folder", errno);
  }
  if (auto above = make_folders(parent_of(path)); !above) return above;
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    return disk_error(path, "cannot make the folder", errno);
  }
  return sync_folder(parent_of(path));
}

Expected<void> sync_folder(const std::string& path) {
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return {};  // may be written but not read: nothing can be done
  if (::fsync(folder.get()) != 0 && errno == EIO) return disk_error(path, "cannot sync", errno);
  return {};
}

ssize_t read_at(int descriptor, char* buffer, std::size_t size, off_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(descriptor, buffer + done, size - done, offset + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace shoal
