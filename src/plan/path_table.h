#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/access_set.h"

namespace shoal {

/// Every path that a plan speaks of, once. A path is stored as its parent and
/// its last name, so that a million files in a thousand folders stay small.
/// Paths are spelled as PathSpelling leaves them: those below the working
/// directory relative, others absolute. Names are not copied where they can
/// point into the jobs file's text.
class PathTable {
 public:
  PathTable() : PathTable({}, {}) {}
  /// Names inside `text` are referred to, not copied: it must outlive the
  /// table. `working_directory` ("" when unknown) ties relative paths to the
  /// absolute ones above them.
  PathTable(std::string_view text, std::string_view working_directory);

  /// The path as people write it; "." for the working directory.
  std::string text(PathId id) const;
  std::size_t size() const { return records_.size(); }

  /// `path` must be in normal spelling, "" for the working directory.
  PathId intern(std::string_view path);
  /// A child of a known path. `name` has no slash.
  PathId intern_below(PathId folder, std::string_view name);
  /// A glob pattern, kept apart from a path that happens to be spelled so.
  PathId intern_pattern(std::string_view pattern);
  std::optional<PathId> find(std::string_view path) const;
  std::optional<PathId> find_below(PathId folder, std::string_view name) const;

  static constexpr PathId working_directory() { return PathId{0}; }
  /// The folder that holds the path; nullopt for the topmost ones and for
  /// patterns. The working directory's is the absolute folder above it.
  std::optional<PathId> parent(PathId id) const {
    const std::uint32_t parent = records_[number(id)].parent;
    if (parent >= kPattern) return std::nullopt;
    return PathId{parent};
  }
  bool is_pattern(PathId id) const { return records_[number(id)].parent == kPattern; }
  std::string_view name(PathId id) const {
    const Record& record = records_[number(id)];
    return {record.name, record.length};
  }

  /// No more paths will be asked for by name: frees the index.
  void freeze();

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kPattern = 0xFFFFFFFE;
  struct Record {
    const char* name;
    std::uint32_t length;
    std::uint32_t parent;
  };

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t record = 0;  // its number + 1; 0 is free
  };
  static std::uint32_t hash(std::uint32_t parent, std::string_view name);
  std::size_t slot_of(std::uint32_t hash, std::uint32_t parent, std::string_view name) const;
  std::uint32_t add(std::uint32_t parent, std::string_view name);
  std::uint32_t find_or_add(std::uint32_t parent, std::string_view name);
  std::uint32_t folder_of(std::string_view& path);
  std::string_view kept(std::string_view name);
  void grow();

  std::string_view text_;
  std::vector<Record> records_;
  std::vector<Slot> slots_;         // a power of two
  std::deque<std::string> copies_;  // blocks of names that are not in the text
  std::uint32_t root_ = kNone;      // of absolute paths

  // Folders asked for lately, by the hash of their text: most paths share
  // theirs with a neighbour in the file.
  struct RecentFolder {
    std::string text;
    std::uint32_t record = 0;
  };
  std::vector<RecentFolder> recent_;
};

}  // namespace shoal
