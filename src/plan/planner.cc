#include "plan/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "job/jobs_reader.h"
#include "plan/access_rules.h"
#include "plan/edge_builder.h"
#include "plan/findings.h"
#include "plan/glob.h"
#include "plan/link_aliases.h"
#include "plan/path_text.h"
#include "plan/pattern_index.h"
#include "plan/stages.h"

namespace shoal {
namespace {

constexpr std::uint8_t kOther = 0;
constexpr std::uint8_t kState = 1;
constexpr std::uint8_t kOpaque = 2;

bool is_opaque(const Command& command) {
  return command.barrier != BarrierReason::none && command.barrier != BarrierReason::directive;
}

}  // namespace

/// Lays a plan: reads all commands with what they touch; settles what only the
/// whole file can tell; then draws the edges.
class PlanBuilder {
 public:
  PlanBuilder(const JobsText& text, const CommandTable& table, const PlanOptions& options)
      : text_(text), table_(table), options_(options), spelling_(options.working_directory) {
    plan_.paths_ = PathTable(text.text(), spelling_.working_directory());
    plan_.mode_ = options.mode;
    plan_.temporaries_ = table.temporaries();
    plan_.kinds_ = {"other", "state", "opaque"};
    plan_.simulates_ = {false, false, false};
  }

  Expected<Plan> build();

 private:
  /// bash may read no further than the command, so nothing behind it may have begun.
  bool may_end(const Command& command) const {
    return plan_.state_.may_exit_on_error(command.state);
  }

  std::optional<Error> read();
  void take(Command command, const Effects& effects);
  std::uint8_t kind_of(const Command& command, const CommandRow* row);
  std::optional<Error> check_after() const;

  void settle_bare_words();
  void settle_temporaries();
  void find_folders();
  PatternIndex index_patterns();
  void settle_extent(Access& access, PatternIndex& patterns) const;

  Expected<Graph> draw_edges();
  GraphBuilder end_alone() const;
  Error cycle_error(NodeId node) const;

  const JobsText& text_;
  const CommandTable& table_;
  const PlanOptions& options_;
  PathSpelling spelling_;
  Plan plan_;
  OverwriteFindings overwrites_;
  LinkAliases links_;
  std::vector<CommandId> unknown_;  // programs without a row, none of whose words is surely a path
  std::vector<bool> is_folder_;     // by path: something lies below it, or it is made
  bool has_bare_words_ = false;
  const CommandRow* last_row_ = nullptr;  // of the kind that was asked for last
  std::uint8_t last_kind_ = kOther;
};

Expected<Plan> PlanBuilder::build() {
  if (auto error = read()) return tl::unexpected(std::move(*error));
  if (auto error = check_after()) return tl::unexpected(std::move(*error));
  if (has_bare_words_ || !unknown_.empty()) settle_bare_words();
  settle_temporaries();
  if (!links_.empty()) plan_.accesses_ = links_.resolve(plan_.accesses_, plan_.paths_);
  auto graph = draw_edges();
  if (!graph) return tl::unexpected(graph.error());
  plan_.graph_ = std::move(*graph);
  overwrites_.append_to(plan_.findings_);
  append_barrier_findings(plan_.commands_, plan_.findings_);
  if (plan_.mode_ == PlanMode::automatic) {
    append_error_exit_finding(plan_.commands_, plan_.state_, plan_.findings_);
  }
  if (plan_.stopped_at_line_) {
    append_stop_finding(text_.text(), *plan_.stopped_at_line_, plan_.findings_);
  }
  return std::move(plan_);
}

std::optional<Error> PlanBuilder::read() {
  const std::string_view text = text_.text();
  const auto most = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  plan_.commands_.reserve(most);
  plan_.kind_of_.reserve(most);
  plan_.accesses_.reserve(most);
  JobsReader reader(text_, ReaderOptions{options_.environment});
  AccessRules rules(table_, plan_.paths_, spelling_);
  Command command;
  ParsedLine line;
  Effects effects;
  while (reader.next(command, line)) {
    if (command.kind == CommandKind::opaque) {
      effects.clear();
    } else {
      rules.derive(command.kind, line, reader.current_folder(), effects);
    }
    take(command, effects);
  }
  if (reader.error()) return reader.error();
  plan_.stopped_at_line_ = reader.stopped_at_line();
  plan_.state_ = reader.take_state();
  plan_.directives_ = reader.take_directives();
  return std::nullopt;
}

void PlanBuilder::take(Command command, const Effects& effects) {
  if (effects.barrier) {
    command.barrier = BarrierReason::unknown_effect;
    plan_.accesses_.add({});
  } else {
    plan_.accesses_.add(effects.accesses);
    has_bare_words_ = has_bare_words_ ||
                      std::any_of(effects.accesses.begin(), effects.accesses.end(),
                                  [](const Access& a) { return a.temporaries == kOnlyIfKnown; });
  }
  if (!effects.links.empty()) links_.add(CommandId{plan_.command_count() + 1}, effects.links);
  plan_.kind_of_.push_back(kind_of(command, effects.row));
  plan_.commands_.push_back(command);
  if (effects.unknown && !effects.barrier) {
    unknown_.push_back(CommandId{plan_.command_count()});
  }
}

std::uint8_t PlanBuilder::kind_of(const Command& command, const CommandRow* row) {
  if (command.kind == CommandKind::opaque) return kOpaque;
  if (command.kind == CommandKind::state) return kState;
  if (row == nullptr) return kOther;
  if (row == last_row_) return last_kind_;
  std::size_t kind = 0;
  while (kind < plan_.kinds_.size() &&
         (plan_.kinds_[kind] != row->kind || plan_.simulates_[kind] != row->simulates)) {
    ++kind;
  }
  if (kind == plan_.kinds_.size()) {
    if (kind == 255) return kOther;
    plan_.kinds_.push_back(row->kind);
    plan_.simulates_.push_back(row->simulates);
  }
  last_row_ = row;
  last_kind_ = static_cast<std::uint8_t>(kind);
  return last_kind_;
}

std::optional<Error> PlanBuilder::check_after() const {
  for (const Command& command : plan_.commands_) {
    if (command.directives == 0) continue;
    const Directives& directives = plan_.directives_[command.directives - 1];
    for (const CommandId after : directives.after) {
      if (number(after) >= 1 && number(after) <= plan_.command_count()) continue;
      return Error{ErrorKind::input, fmt::format("{}:{}", text_.name(), directives.after_line),
                   fmt::format("after={} names no command", number(after)),
                   fmt::format("Commands are numbered from 1 to {}; shoal plan shows the numbers",
                               plan_.command_count())};
    }
  }
  return std::nullopt;
}

/// A bare word of an unknown program is a path if anything else in the file
/// says so. An unknown program that is left without any may touch anything.
void PlanBuilder::settle_bare_words() {
  find_folders();
  std::vector<bool> known = is_folder_;
  for (const Access& access : plan_.accesses_.all()) {
    if (access.temporaries != kOnlyIfKnown) known[number(access.path)] = true;
  }
  AccessLists settled;
  settled.reserve(plan_.command_count());
  std::vector<Access> kept;
  auto unknown = unknown_.begin();
  for (std::uint32_t i = 1; i <= plan_.command_count(); ++i) {
    const CommandId id{i};
    kept.clear();
    bool found = false;
    for (Access access : plan_.accesses_.of(id)) {
      if (access.temporaries == kOnlyIfKnown) {
        if (!known[number(access.path)]) continue;
        access.temporaries = 0;
        found = true;
      }
      kept.push_back(access);
    }
    if (unknown != unknown_.end() && *unknown == id) {
      ++unknown;
      if (!found) {
        Command& command = plan_.commands_[i - 1];
        if (command.barrier == BarrierReason::none || command.barrier == BarrierReason::directive) {
          command.barrier = BarrierReason::unknown_effect;
        }
        kept.clear();
      }
    }
    settled.add(kept);
  }
  plan_.accesses_ = std::move(settled);
}

/// Where the file speaks of a temporary by name, the commands that make it get
/// accesses to it. Elsewhere nothing but its own command can meet it.
void PlanBuilder::settle_temporaries() {
  struct Named {
    PathId path;
    std::uint8_t rule;
    bool tree;
  };
  std::unordered_multimap<std::uint32_t, Named> named;  // by the path that it stands beside
  PathTable& paths = plan_.paths_;
  for (std::size_t r = 0; r < plan_.temporaries_.size(); ++r) {
    for (const std::string& rule : plan_.temporaries_[r].suffixes) {
      std::string_view suffix = rule;
      const bool tree = suffix.ends_with('/');
      if (tree) suffix.remove_suffix(1);
      const std::size_t second_dot = suffix.find('.', 1);
      if (second_dot == std::string_view::npos) continue;
      for (std::uint32_t path = 0; path < paths.size(); ++path) {
        std::string_view name = paths.name(PathId{path});
        const auto folder = paths.parent(PathId{path});
        if (!folder || !name.ends_with(suffix)) continue;
        name.remove_suffix(suffix.size() - second_dot);
        const auto beside = paths.find_below(*folder, name);
        if (beside)
          named.emplace(number(*beside),
                        Named{PathId{path}, static_cast<std::uint8_t>(r + 1), tree});
      }
    }
  }
  if (named.empty()) return;
  AccessLists settled;
  settled.reserve(plan_.command_count());
  std::vector<Access> all;
  for (std::uint32_t i = 1; i <= plan_.command_count(); ++i) {
    const auto accesses = std::as_const(plan_.accesses_).of(CommandId{i});
    all.assign(accesses.begin(), accesses.end());
    for (const Access& access : accesses) {
      if (access.temporaries == 0) continue;
      const auto [begin, end] = named.equal_range(number(access.path));
      for (auto it = begin; it != end; ++it) {
        if (it->second.rule != access.temporaries) continue;
        const Extent extent = it->second.tree ? Extent::tree : Extent::exact;
        all.push_back({it->second.path, AccessMode::write, extent, false, false, 0});
        all.push_back({it->second.path, AccessMode::remove, extent, false, false, 0});
      }
    }
    settled.add(all);
  }
  plan_.accesses_ = std::move(settled);
}

void PlanBuilder::find_folders() {
  const PathTable& paths = plan_.paths_;
  is_folder_.assign(paths.size(), false);
  is_folder_[number(PathTable::working_directory())] = true;
  for (std::uint32_t path = 0; path < paths.size(); ++path) {
    if (const auto parent = paths.parent(PathId{path})) is_folder_[number(*parent)] = true;
  }
  for (const Access& access : plan_.accesses_.all()) {
    if (makes_folder(access.mode)) is_folder_[number(access.path)] = true;
  }
}

PatternIndex PlanBuilder::index_patterns() {
  struct Glob {
    PathId path;
    PathId folder;
    std::vector<std::string> names;
  };
  std::vector<Glob> globs;
  std::vector<bool> seen(plan_.paths_.size());
  for (const Access& access : plan_.accesses_.all()) {
    if (access.extent != Extent::glob || seen[number(access.path)]) continue;
    seen[number(access.path)] = true;
    SplitGlob split = split_glob(plan_.paths_.text(access.path));
    globs.push_back({access.path, plan_.paths_.intern(split.folder), std::move(split.names)});
  }
  find_folders();
  PatternIndex patterns(plan_.paths_);
  for (Glob& glob : globs) {
    is_folder_[number(glob.folder)] = true;
    patterns.add_glob(glob.path, glob.folder, std::move(glob.names));
  }
  for (Access& access : plan_.accesses_.all()) settle_extent(access, patterns);
  is_folder_ = {};
  plan_.paths_.freeze();
  return patterns;
}

/// A folder that the file knows is taken with everything in it; a tree that is
/// known to hold nothing is as good as a single path.
void PlanBuilder::settle_extent(Access& access, PatternIndex& patterns) const {
  if (makes_folder(access.mode) || access.extent == Extent::glob) return;
  const bool folder = is_folder_[number(access.path)] || patterns.may_match_below(access.path);
  access.extent = folder ? Extent::tree : Extent::exact;
  if (folder) patterns.add_tree(access.path);
}

Expected<Graph> PlanBuilder::draw_edges() {
  GraphBuilder builder;
  {
    PatternIndex patterns = index_patterns();
    const bool in_turn = plan_.mode_ == PlanMode::automatic || plan_.mode_ == PlanMode::serial;
    EdgeOptions options;
    options.chain = plan_.mode_ == PlanMode::serial;
    options.folder_exists = options_.folder_exists;
    options.on_overwrite = [&](CommandId first, CommandId second, PathId path, bool read_between) {
      overwrites_.on_overwrite(plan_.commands_, plan_.paths_, first, second, path, read_between);
    };
    EdgeBuilder edges(plan_.paths_, patterns, plan_.accesses_, plan_.temporaries_,
                      std::move(options));
    for (std::uint32_t i = 1; i <= plan_.command_count(); ++i) {
      const Command& command = plan_.commands_[i - 1];
      const bool barrier = command.barrier != BarrierReason::none || (in_turn && may_end(command));
      edges.add(CommandId{i}, EdgeTraits{barrier, is_opaque(command), command.asks_status});
    }
    plan_.written_ = edges.written_paths();
    plan_.writers_ = edges.take_writers();
    builder = std::move(edges.graph());
  }
  if (plan_.mode_ == PlanMode::independent) builder = end_alone();
  if (plan_.mode_ != PlanMode::independent) {
    for (std::uint32_t i = 1; i <= plan_.command_count(); ++i) {
      const Directives* directives = plan_.directives(CommandId{i});
      if (directives == nullptr) continue;
      for (const CommandId after : directives->after) {
        if (after == CommandId{i}) return tl::unexpected(cycle_error(node_of(after)));
        builder.add_edge(GraphBuilder::of(after), GraphBuilder::of(CommandId{i}), EdgeKind::order);
      }
    }
  }
  NodeId on_cycle{};
  auto graph = std::move(builder).build(plan_.command_count(), &on_cycle);
  if (!graph) return tl::unexpected(cycle_error(on_cycle));
  if (plan_.mode_ != PlanMode::stages) return std::move(*graph);
  const auto stages = stages_of(*graph, [&](CommandId id) { return plan_.simulates(id); });
  return with_stage_barriers(*graph, stages);
}

/// Edges for commands that have nothing to do with each other; but what a trap
/// cleans away at the end, they may all need.
GraphBuilder PlanBuilder::end_alone() const {
  GraphBuilder builder;
  if (plan_.commands_.empty() || plan_.commands_.back().barrier != BarrierReason::exit_trap) {
    return builder;
  }
  const auto end = GraphBuilder::of(CommandId{plan_.command_count()});
  for (std::uint32_t i = 1; i < plan_.command_count(); ++i) {
    builder.add_edge(GraphBuilder::of(CommandId{i}), end, EdgeKind::order);
  }
  return builder;
}

Error PlanBuilder::cycle_error(NodeId node) const {
  // A join is never on a cycle without a command; commands come first.
  const std::uint32_t command = std::min(number(node), plan_.command_count());
  return Error{ErrorKind::input,
               fmt::format("{}:{}", text_.name(), plan_.commands_[command - 1].line),
               fmt::format("command {} waits for itself: an after= before or in it closes a circle",
                           command),
               "Remove an after= that names a later command"};
}

Expected<Plan> make_plan(const JobsText& text, const CommandTable& table,
                         const PlanOptions& options) {
  return PlanBuilder(text, table, options).build();
}

}  // namespace shoal
