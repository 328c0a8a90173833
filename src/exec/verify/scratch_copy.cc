#include "exec/verify/scratch_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "base/text.h"
#include "exec/descriptor.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr auto kLeftOut = std::to_array<std::string_view>({".shoal", ".git"});
constexpr mode_t kModes = 07777;

/// Walks over a folder, through symbolic links, into each folder once.
class Lister {
 public:
  Lister(const std::string& root, const std::function<Need(const std::string&)>& need_of,
         const ScratchLimits& limits)
      : root_(root), need_of_(need_of), limits_(limits) {}

  Expected<ScratchList> list() {
    struct stat status {};
    if (::stat(root_.c_str(), &status) == 0) seen_.insert({status.st_dev, status.st_ino});
    if (auto walked = walk(""); !walked) return tl::unexpected(walked.error());
    return std::move(list_);
  }

 private:
  Expected<void> walk(const std::string& folder) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator at(root_ + "/" + folder, error), end; !error && at != end;
         at.increment(error)) {
      names.push_back(at->path().filename().string());
    }
    std::ranges::sort(names);
    for (const std::string& name : names) {
      if (std::ranges::count(kLeftOut, name) > 0) continue;
      if (auto taken = take(folder.empty() ? name : folder + "/" + name); !taken) return taken;
    }
    return {};
  }

  Expected<void> take(const std::string& path) {
    struct stat status {};
    if (::stat((root_ + "/" + path).c_str(), &status) != 0) return {};
    if (S_ISDIR(status.st_mode)) return take_folder(path, status);
    if (!S_ISREG(status.st_mode)) return {};
    const Need need = need_of_(path);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (need == Need::none || (need == Need::small && size > limits_.large)) return {};
    list_.files.push_back(path);
    bytes_ += size;
    if (bytes_ > limits_.bytes) {
      return infrastructure_error(
          root_, "a copy of its files would take more than " + human_bytes(limits_.bytes));
    }
    if (list_.files.size() > limits_.files) {
      return infrastructure_error(
          root_, "a copy would hold more than " + std::to_string(limits_.files) + " files");
    }
    return {};
  }

  Expected<void> take_folder(const std::string& path, const struct stat& status) {
    if (!seen_.insert({status.st_dev, status.st_ino}).second) return {};
    if (::access((root_ + "/" + path + "/pyvenv.cfg").c_str(), F_OK) == 0) {
      list_.environments.push_back(path);
      return {};
    }
    list_.folders.push_back(path);
    return walk(path);
  }

  const std::string& root_;
  const std::function<Need(const std::string&)>& need_of_;
  ScratchLimits limits_;
  ScratchList list_;
  std::uint64_t bytes_ = 0;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

/// copy_file_range(2) shares the blocks where the file system can; where it
/// cannot copy at all (an old kernel, two file systems), the bytes are read.
bool copy_bytes(int from, int to) {
  constexpr std::size_t kMost = std::size_t{1} << 30U;
  for (;;) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, kMost, 0);
    if (copied == 0) break;
    if (copied < 0 && errno != EINTR) break;
  }
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size = ::read(from, buffer.data(), buffer.size());
    if (size == 0) return true;
    if (size < 0 || ::write(to, buffer.data(), static_cast<std::size_t>(size)) != size) {
      return false;
    }
  }
}

Expected<void> copy_file(const std::string& from, const std::string& to) {
  const FileDescriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!source || ::fstat(source.get(), &status) != 0) {
    if (errno == ENOENT) return {};
    return infrastructure_error(from, std::string("cannot be read: ") + std::strerror(errno));
  }
  const FileDescriptor target(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
  if (!target || !copy_bytes(source.get(), target.get()) ||
      ::fchmod(target.get(), status.st_mode & kModes) != 0 ||
      ::futimens(target.get(), times.data()) != 0) {
    return infrastructure_error(to, std::string("cannot be written: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace

Expected<ScratchList> list_for_copy(const std::string& folder,
                                    const std::function<Need(const std::string& path)>& need_of,
                                    const ScratchLimits& limits) {
  return Lister(folder, need_of, limits).list();
}

Expected<void> copy_listed(const ScratchList& list, const std::string& from,
                           const std::string& to) {
  for (const std::string& folder : list.folders) {
    if (::mkdir((to + "/" + folder).c_str(), S_IRWXU | S_IRWXG | S_IRWXO) != 0) {
      return infrastructure_error(to + "/" + folder,
                                  std::string("cannot make the folder: ") + std::strerror(errno));
    }
  }
  for (const std::string& file : list.files) {
    if (auto copied = copy_file(from + "/" + file, to + "/" + file); !copied) return copied;
  }
  for (const std::string& environment : list.environments) {
    if (::symlink((from + "/" + environment).c_str(), (to + "/" + environment).c_str()) != 0) {
      return infrastructure_error(to + "/" + environment,
                                  std::string("cannot link: ") + std::strerror(errno));
    }
  }
  return {};
}

}  // namespace shoal
