#include "plan/path_table.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace shoal {
namespace {

constexpr std::size_t kRecentFolders = 64;
constexpr std::size_t kCopyBlock = 64 * 1024;

std::uint64_t mix(std::uint64_t value) {
  value *= 0x9E3779B97F4A7C15ULL;
  return value ^ (value >> 29U);
}

bool lies_inside(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> at_most;
  return !whole.empty() && at_most(whole.data(), part.data()) &&
         at_most(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

PathTable::PathTable(std::string_view text, std::string_view working_directory) : text_(text) {
  // A jobs file names at most a path in every few bytes, usually far fewer;
  // pages that are never written cost nothing.
  records_.reserve(text.size() / 48 + 16);
  slots_.resize(64);
  recent_.resize(kRecentFolders);
  records_.push_back(Record{"", 0, kNone});
  if (!working_directory.starts_with('/') || working_directory == "/") {
    if (working_directory == "/") root_ = 0;
    return;
  }
  const std::string folder(working_directory);
  const std::size_t slash = folder.rfind('/');
  const std::uint32_t above =
      number(intern(slash == 0 ? std::string_view("/") : std::string_view(folder).substr(0, slash)));
  const std::string_view own = kept(std::string_view(folder).substr(slash + 1));
  records_[0] = Record{own.data(), static_cast<std::uint32_t>(own.size()), above};
}

std::string PathTable::text(PathId id) const {
  std::uint32_t at = number(id);
  if (at == 0) return ".";
  if (at == root_) return "/";
  std::vector<std::string_view> names;
  while (at != kNone && at != kPattern && at != 0 && at != root_) {
    names.emplace_back(records_[at].name, records_[at].length);
    at = records_[at].parent;
  }
  std::string joined;
  if (at == root_ && root_ != 0) joined = "/";
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (name != names.rbegin()) joined += '/';
    joined += *name;
  }
  return joined;
}

PathId PathTable::intern(std::string_view path) {
  if (path.empty()) return working_directory();
  std::uint32_t parent = 0;
  if (path.front() == '/') {
    if (root_ == kNone) root_ = add(kNone, "/");
    parent = root_;
    path.remove_prefix(1);
    while (!path.empty()) {
      const std::size_t slash = path.find('/');
      parent = find_or_add(parent, path.substr(0, slash));
      if (slash == std::string_view::npos) break;
      path.remove_prefix(slash + 1);
    }
    return PathId{parent};
  }
  parent = folder_of(path);
  return PathId{find_or_add(parent, path)};
}

/// Interns the folders of a relative path and leaves its last name.
std::uint32_t PathTable::folder_of(std::string_view& path) {
  const std::size_t end = path.rfind('/');
  if (end == std::string_view::npos) return 0;
  std::string_view folder = path.substr(0, end);
  path.remove_prefix(end + 1);
  RecentFolder& recent = recent_[hash(0, folder) & (kRecentFolders - 1)];
  if (recent.text == folder) return recent.record;
  std::uint32_t parent = 0;
  std::string_view rest = folder;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    parent = find_or_add(parent, rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  recent.text = folder;
  recent.record = parent;
  return parent;
}

PathId PathTable::intern_below(PathId folder, std::string_view name) {
  return PathId{find_or_add(number(folder), name)};
}

PathId PathTable::intern_pattern(std::string_view pattern) {
  return PathId{find_or_add(kPattern, pattern)};
}

std::optional<PathId> PathTable::find(std::string_view path) const {
  PathId at = working_directory();
  if (path.starts_with('/')) {
    if (root_ == kNone) return std::nullopt;
    at = PathId{root_};
    path.remove_prefix(1);
  }
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const auto child = find_below(at, path.substr(0, slash));
    if (!child) return std::nullopt;
    at = *child;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return at;
}

std::optional<PathId> PathTable::find_below(PathId folder, std::string_view name) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t parent = number(folder);
  const std::uint32_t found = slots_[slot_of(hash(parent, name), parent, name)].record;
  if (found == 0) return std::nullopt;
  return PathId{found - 1};
}

void PathTable::freeze() {
  slots_ = {};
  recent_ = {};
}

std::uint32_t PathTable::hash(std::uint32_t parent, std::string_view name) {
  std::uint64_t hash = mix(parent + 0x51ED270BULL);
  while (name.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), 8);
    hash = mix(hash ^ word);
    name.remove_prefix(8);
  }
  std::uint64_t word = 0;
  if (!name.empty()) std::memcpy(&word, name.data(), name.size());
  hash = mix(hash ^ word ^ (static_cast<std::uint64_t>(name.size() + 1) << 56U));
  return static_cast<std::uint32_t>(hash >> 32U);
}

/// The slot that holds the path, or the free one where it belongs.
std::size_t PathTable::slot_of(std::uint32_t hash, std::uint32_t parent,
                               std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].record != 0; at = (at + 1) & mask) {
    if (slots_[at].hash != hash) continue;
    const Record& record = records_[slots_[at].record - 1];
    if (record.parent == parent && std::string_view(record.name, record.length) == name) break;
  }
  return at;
}

std::uint32_t PathTable::add(std::uint32_t parent, std::string_view name) {
  const std::string_view own = kept(name);
  records_.push_back(Record{own.data(), static_cast<std::uint32_t>(own.size()), parent});
  return static_cast<std::uint32_t>(records_.size()) - 1;
}

std::uint32_t PathTable::find_or_add(std::uint32_t parent, std::string_view name) {
  const std::uint32_t own_hash = hash(parent, name);
  const std::size_t slot = slot_of(own_hash, parent, name);
  if (slots_[slot].record != 0) return slots_[slot].record - 1;
  const std::uint32_t record = add(parent, name);
  slots_[slot] = {own_hash, record + 1};
  if (records_.size() * 3 > slots_.size() * 2) grow();
  return record;
}

std::string_view PathTable::kept(std::string_view name) {
  if (lies_inside(name, text_)) return name;
  if (copies_.empty() || copies_.back().capacity() - copies_.back().size() < name.size()) {
    copies_.emplace_back().reserve(std::max(kCopyBlock, name.size()));
  }
  std::string& block = copies_.back();
  const std::size_t at = block.size();
  block.append(name);
  return std::string_view(block).substr(at);
}

void PathTable::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.record == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].record != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace shoal
