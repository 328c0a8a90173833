#include "exec/preparation.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "exec/descriptor.h"
#include "exec/zip_check.h"
#include "journal/fingerprint.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceToCopy = 1U << 30U;

std::error_code last_error() { return {errno, std::generic_category()}; }

EarlyEnd cannot(std::string_view what, const std::string& path, const std::string& reason) {
  std::string detail = "cannot ";
  detail.append(what).append(" ").append(path).append(": ").append(reason);
  return {EndClass::lost, std::move(detail)};
}

bool exists(const std::string& path, const RunFolders& folders) {
  return ::faccessat(folders.descriptor, path.c_str(), F_OK, 0) == 0;
}

fs::path in_folder(const std::string& path, const RunFolders& folders) {
  return fs::path(folders.working_directory) / path;
}

/// Where a path goes in the aside folder: its place relative to the working
/// directory, or its absolute path for one outside.
fs::path place_aside(const AttemptSpec& spec, const fs::path& path, const RunFolders& folders) {
  const fs::path absolute = path.lexically_normal();
  fs::path relative =
      absolute.lexically_relative(fs::path(folders.working_directory).lexically_normal());
  if (relative.empty() || *relative.begin() == "..") relative = absolute.relative_path();
  const fs::path wanted = fs::path(in_run_folder(folders.run_folder, spec.aside_folder)) / relative;
  fs::path place = wanted;
  for (int copy = 1; fs::exists(fs::symlink_status(place)); ++copy) {
    place = wanted;
    place += '.';
    place += std::to_string(copy);
  }
  return place;
}

void move_path(const fs::path& from, const fs::path& to, std::error_code& error) {
  fs::create_directories(to.parent_path(), error);
  if (error) return;
  fs::rename(from, to, error);
  if (error != std::errc::cross_device_link) return;
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (!error) fs::remove_all(from, error);
}

std::optional<EarlyEnd> move_aside(const AttemptSpec& spec, const RunFolders& folders) {
  for (const std::string& output : spec.move_aside) {
    fs::path path = in_folder(output, folders);
    if (!path.has_filename()) path = path.parent_path();  // "folder/"
    std::error_code error;
    if (!fs::exists(fs::symlink_status(path, error))) continue;
    move_path(path, place_aside(spec, path, folders), error);
    if (error) return cannot("move aside", output, error.message());
  }
  return std::nullopt;
}

std::optional<EarlyEnd> remove_leftovers(const AttemptSpec& spec, const RunFolders& folders) {
  for (const std::string& leftover : spec.leftovers) {
    if (leftover.empty()) continue;  // would be the folder itself
    std::error_code error;
    fs::remove_all(in_folder(leftover, folders), error);
    if (error) return cannot("remove", leftover, error.message());
  }
  return std::nullopt;
}

/// Copies what stands behind the first `from` bytes into a new file, and waits
/// until the disk has it: what it was copied from is cut next.
std::error_code save_tail(const fs::path& path, off_t from, const fs::path& place) {
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  if (error) return error;
  const FileDescriptor source(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) return last_error();
  const FileDescriptor copy(::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!copy) return last_error();
  for (;;) {
    const ssize_t copied = ::sendfile(copy.get(), source.get(), &from, kPieceToCopy);
    if (copied > 0) continue;
    if (copied == 0 && ::fdatasync(copy.get()) == 0) return {};
    if (errno == EINTR) continue;
    error = last_error();
    ::unlink(place.c_str());  // half a copy is none
    return error;
  }
}

/// A negative size says that the file was absent; it is emptied all the same,
/// not removed, since appending to either gives the same. What is cut off is
/// kept in the aside folder, as `FILE.from-SIZE`.
std::optional<EarlyEnd> cut_back(const AttemptSpec& spec, const RunFolders& folders) {
  for (const auto& [path, size] : spec.cut_back) {
    const std::int64_t wanted = std::max<std::int64_t>(size, 0);
    struct stat status {};
    if (::fstatat(folders.descriptor, path.c_str(), &status, 0) != 0) continue;
    if (!S_ISREG(status.st_mode) || status.st_size <= wanted) continue;
    const fs::path file = in_folder(path, folders);
    const fs::path tail = file.string() + ".from-" + std::to_string(wanted);
    const std::error_code unsaved = save_tail(file, wanted, place_aside(spec, tail, folders));
    if (unsaved) return cannot("save the end of", path, unsaved.message());
    if (::truncate(file.c_str(), wanted) != 0) {
      return cannot("cut back", path, std::strerror(errno));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<EarlyEnd> prepare(const AttemptSpec& spec, const RunFolders& folders) {
  for (const std::string& input : spec.required_inputs) {
    if (!exists(input, folders)) return EarlyEnd{EndClass::input_missing, input};
  }
  // First, so that an outdated result is not taken for a finished one.
  if (std::optional<EarlyEnd> failed = move_aside(spec, folders)) return failed;
  if (spec.started_before) {
    if (!spec.complete_if_zip.empty() &&
        is_complete_zip(in_folder(spec.complete_if_zip, folders).string())) {
      return EarlyEnd{EndClass::ok, "was complete already"};
    }
    if (std::optional<EarlyEnd> failed = remove_leftovers(spec, folders)) return failed;
  }
  return spec.appended_before ? cut_back(spec, folders) : std::nullopt;
}

std::vector<Fingerprint> take_fingerprints(const std::vector<std::string>& paths, bool with_hash,
                                           const RunFolders& folders) {
  std::vector<Fingerprint> fingerprints;
  fingerprints.reserve(paths.size());
  for (const std::string& path : paths) {
    const bool is_absolute = path.starts_with('/');
    fingerprints.push_back(
        fingerprint_of(is_absolute ? path : folders.working_directory + "/" + path, with_hash));
    fingerprints.back().path = path;
  }
  return fingerprints;
}

}  // namespace shoal
