#include "exec/cgroup.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "exec/small_file.h"

namespace shoal {
namespace {

std::optional<std::int64_t> read_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<std::int64_t> number_in(const std::string& path) {
  const std::optional<std::string> text = read_small_file(path);
  return text ? read_number(*text) : std::nullopt;
}

/// The folder of a group and those above it, up to the mount. Inside a
/// container the membership may name folders that are not mounted: they are
/// left out.
std::vector<std::string> folders(const std::string& mount, std::string path) {
  std::vector<std::string> found;
  std::error_code error;
  for (;;) {
    while (!path.empty() && path.back() == '/') path.pop_back();
    if (std::filesystem::is_directory(mount + path, error)) found.push_back(mount + path);
    if (path.empty()) return found;
    path.resize(path.find_last_of('/') + 1);
  }
}

template <class T>
void take_smaller(std::optional<T>& smallest, std::optional<T> candidate) {
  if (candidate && (!smallest || *candidate < *smallest)) smallest = candidate;
}

/// "max 100000" or "150000 100000": quota and period in microseconds.
std::optional<double> cores_of_version_2(const std::string& folder) {
  const std::optional<std::string> text = read_small_file(folder + "/cpu.max");
  if (!text) return std::nullopt;
  const std::optional<std::int64_t> quota = read_number(*text);
  const std::size_t blank = text->find(' ');
  if (!quota || blank == std::string::npos) return std::nullopt;
  const std::optional<std::int64_t> period = read_number(std::string_view(*text).substr(blank + 1));
  if (!period || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> cores_of_version_1(const std::string& folder) {
  const std::optional<std::int64_t> quota = number_in(folder + "/cpu.cfs_quota_us");
  const std::optional<std::int64_t> period = number_in(folder + "/cpu.cfs_period_us");
  if (!quota || *quota <= 0 || !period || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<std::uint64_t> bytes_in(const std::string& path) {
  const std::optional<std::int64_t> bytes = number_in(path);
  if (!bytes || *bytes < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

bool lists(std::string_view controllers, std::string_view wanted) {
  for (std::size_t begin = 0; begin <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', begin), controllers.size());
    if (controllers.substr(begin, end - begin) == wanted) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

struct Cgroup::MemoryFiles {
  std::string limit, usage, statistics;
  std::string_view idle;  // pages of files, in the statistics

  std::optional<double> left() const {
    const std::optional<std::uint64_t> most = bytes_in(limit);
    const std::optional<std::uint64_t> used = bytes_in(usage);
    if (!most || !used || *most == 0) return std::nullopt;
    const std::string numbers = read_small_file(statistics).value_or("");
    const std::uint64_t spare = number_behind(idle, numbers).value_or(0);
    const std::uint64_t needed = *used - std::min(*used, spare);
    return 1.0 - static_cast<double>(std::min(*most, needed)) / static_cast<double>(*most);
  }
};

Cgroup::Cgroup(std::string_view membership, std::string mount) : mount_(std::move(mount)) {
  for (std::size_t begin = 0; begin < membership.size();) {  // "4:memory:/a/b"
    const std::size_t end = std::min(membership.find('\n', begin), membership.size());
    const std::string_view line = membership.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1));
    if (controllers.empty()) {
      unified_ = path;
      has_unified_ = true;
    }
    if (lists(controllers, "cpu")) {
      cpu_ = path;
      has_cpu_ = true;
    }
    if (lists(controllers, "memory")) {
      memory_ = path;
      has_memory_ = true;
    }
  }
}

Cgroup Cgroup::of_this_process() {
  return {read_small_file("/proc/self/cgroup").value_or(std::string()), "/sys/fs/cgroup"};
}

std::optional<double> Cgroup::cores() const {
  std::optional<double> smallest;
  if (has_unified_) {
    for (const std::string& folder : folders(mount_, unified_)) {
      take_smaller(smallest, cores_of_version_2(folder));
    }
  }
  if (has_cpu_) {
    for (const std::string& folder : folders(mount_ + "/cpu", cpu_)) {
      take_smaller(smallest, cores_of_version_1(folder));
    }
  }
  return smallest;
}

std::vector<Cgroup::MemoryFiles> Cgroup::memory_files() const {
  std::vector<MemoryFiles> found;
  if (has_unified_) {
    for (const std::string& folder : folders(mount_, unified_)) {
      found.push_back({folder + "/memory.max", folder + "/memory.current", folder + "/memory.stat",
                       "inactive_file"});
    }
  }
  if (has_memory_) {
    for (const std::string& folder : folders(mount_ + "/memory", memory_)) {
      found.push_back({folder + "/memory.limit_in_bytes", folder + "/memory.usage_in_bytes",
                       folder + "/memory.stat", "total_inactive_file"});
    }
  }
  return found;
}

std::optional<std::uint64_t> Cgroup::memory() const {
  std::optional<std::uint64_t> smallest;
  for (const MemoryFiles& files : memory_files()) take_smaller(smallest, bytes_in(files.limit));
  return smallest;
}

std::optional<double> Cgroup::memory_left() const {
  std::optional<double> smallest;
  for (const MemoryFiles& files : memory_files()) take_smaller(smallest, files.left());
  return smallest;
}

std::string Cgroup::kill_counter() const {
  std::error_code error;
  const auto existing = [&error](const std::vector<std::string>& places, const char* name) {
    for (const std::string& folder : places) {
      if (std::filesystem::exists(folder + name, error)) return folder + name;
    }
    return std::string();
  };
  std::string file;
  if (has_unified_) file = existing(folders(mount_, unified_), "/memory.events");
  if (file.empty() && has_memory_) {
    file = existing(folders(mount_ + "/memory", memory_), "/memory.oom_control");
  }
  return file;
}

}  // namespace shoal
