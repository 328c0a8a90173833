#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "plan/access_lists.h"
#include "plan/access_set.h"
#include "plan/command_row.h"
#include "plan/edge_sources.h"
#include "plan/graph.h"
#include "plan/path_table.h"
#include "plan/pattern_index.h"

namespace shoal {

/// Told when a command writes a file anew that an earlier one wrote already.
using OnOverwrite =
    std::function<void(CommandId first, CommandId second, PathId path, bool read_between)>;

/// What orders a command beside the paths that it touches.
struct EdgeTraits {
  bool barrier = false;         // it waits for all before it, and all after it wait for it
  bool opaque = false;          // it may do anything
  bool reads_previous = false;  // something of the command before it flows into it
};

struct EdgeOptions {
  bool chain = false;  // each command also waits for the one before it
  OnOverwrite on_overwrite;
  /// Whether a path (as PathTable::text gives it) is a folder before the run;
  /// empty: nobody knows.
  std::function<bool(const std::string& path)> folder_exists;
};

/// Turns access sets into edges, command by command in file order. Keeps, for
/// each path, its last writer and those who read it since; for each pattern
/// (tree or glob), who changed and who read something that it covers; for each
/// folder that is made, who makes it. How edges follow: docs/plan.md.
///
/// The work for a command is bounded by the depth of its paths and the number
/// of patterns on their way up; whatever is remembered gives rise to a bounded
/// number of edges. So time and edges are linear in the file.
class EdgeBuilder {
 public:
  /// All must outlive the builder and be complete: `patterns` holds every tree
  /// and glob of `accesses`.
  EdgeBuilder(const PathTable& paths, PatternIndex& patterns, const AccessLists& accesses,
              std::span<const TemporariesRule> temporaries, EdgeOptions options);

  /// Commands are added in file order.
  void add(CommandId command, const EdgeTraits& traits);

  GraphBuilder& graph() { return edges_.graph(); }
  /// By path number: the last command that changed exactly that path; 0 for none.
  std::vector<std::uint32_t> take_writers() { return std::move(writers_); }
  /// By path number: some command changes it, exactly or through a pattern.
  std::vector<bool> written_paths();

 private:
  /// What happened to the paths that one pattern covers since it was last
  /// changed as a whole.
  struct PatternState {
    Sources writers;               // wrote something in it
    Sources removers;              // removed something from it, or made a folder in it
    Sources readers;               // read it as a whole
    Sources touched;               // read one path of it; kept only if the pattern changes later
    std::uint32_t changed_by = 0;  // the last that changed it as a whole
    bool removed = false;          // that one left nothing
    std::uint32_t seen_above = 0;  // the newest change of a pattern above that is among the sources
    std::uint32_t last_change = 0;  // the last command of the file that changes it as a whole
    std::uint32_t last_use = 0;     // the last that reads or changes it so
  };
  /// A folder that some command makes.
  struct FolderState {
    Sources makers;                // whose work it is to make it
    Sources passing;               // may make it in passing, and may fail without it
    Sources early;                 // needed it before it was surely there
    Sources early_passing;         // those of them that may have made it themselves
    std::uint32_t sure_since = 0;  // the command after which it surely exists; 0 for none
    std::uint32_t last_make = 0;   // the last command of the file that makes it
    std::optional<bool> on_disk;   // there before the run; asked for when it matters
  };
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void register_uses();
  void find_nearest_made();
  std::optional<PathId> nearest_made_above(PathId path) const;
  void register_folder(PathId folder, AccessMode mode, std::uint32_t command);

  // First all that the command waits for, then what it leaves to later ones:
  // so that no command ever meets itself.
  void collect(const Access& access);
  void record(const Access& access, Range covering);
  void collect_exact(const Access& access, Range covering);
  void record_exact(const Access& access, Range covering);
  void collect_pattern(const Access& access);
  void record_pattern(const Access& access);
  void collect_make(const Access& access);
  void record_make(const Access& access);
  void collect_need(const Access& access);
  void record_need(const Access& access);

  Range cover(PathId path, std::uint8_t temporaries);
  std::uint32_t newest_change(Range covering) const;
  void import_from_above(std::uint32_t pattern);
  void log_change(PatternState& pattern, AccessMode mode);
  void log_read(PatternState& pattern);
  void report_overwrite(const Access& access, Range covering, std::uint32_t writer);

  FolderState* folder_state(PathId folder);
  bool is_made(const FolderState& folder) const { return folder.sure_since > last_loss_; }
  bool is_sure(PathId folder, FolderState& state);
  bool parent_is_sure(PathId folder);
  bool exists_on_disk(PathId folder) const;
  struct NeededFolder {
    PathId path{};
    FolderState* state = nullptr;
    bool in_passing = false;  // the command may make it itself
  };
  std::optional<NeededFolder> needed_folder(const Access& access, bool made_before);
  const Access* own_make(PathId folder) const;
  bool implied_by_a_read(PathId folder) const;
  bool is_above(PathId folder, PathId path) const;

  const PathTable& paths_;
  PatternIndex& patterns_;
  const AccessLists& all_accesses_;
  EdgeOptions options_;
  std::vector<std::vector<std::string_view>> appended_;  // by temporaries rule, 1-based

  CommandEdges edges_;
  std::vector<std::uint32_t> writers_;
  std::vector<std::uint32_t> readers_;  // by path: list of those since its last change
  std::vector<PatternState> pattern_states_;
  std::vector<FolderState> folders_;
  std::vector<std::uint32_t> folder_of_path_;  // number in folders_ + 1
  /// By path: the nearest folder that some command makes, the path itself or
  /// one above it, as path number + 1; 0 for none.
  std::vector<std::uint32_t> nearest_made_;

  // Of the command at hand:
  std::uint32_t command_ = 0;
  std::span<const Access> accesses_;
  std::vector<PathId> read_from_writers_;  // paths it reads that an earlier command wrote
  std::vector<std::uint32_t> covering_;    // the patterns over each of its exact paths
  std::vector<Range> covering_of_access_;
  std::vector<PatternIndex::Overlap> overlaps_;

  std::uint32_t last_loss_ = 0;    // the last command that may have removed folders
  std::uint32_t last_opaque_ = 0;  // the last that may have done anything
};

}  // namespace shoal
