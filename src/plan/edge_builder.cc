#include "plan/edge_builder.h"

#include <algorithm>
#include <utility>

#include "plan/path_text.h"

namespace shoal {

EdgeBuilder::EdgeBuilder(const PathTable& paths, PatternIndex& patterns,
                         const AccessLists& accesses, std::span<const TemporariesRule> temporaries,
                         EdgeOptions options)
    : paths_(paths),
      patterns_(patterns),
      all_accesses_(accesses),
      options_(std::move(options)),
      appended_(1),
      edges_(accesses.command_count(), 2 * accesses.all().size()),
      writers_(paths.size()),
      readers_(paths.size()),
      pattern_states_(patterns.size()),
      folder_of_path_(paths.size()) {
  for (const TemporariesRule& rule : temporaries) {
    auto& endings = appended_.emplace_back();
    for (std::string_view suffix : rule.suffixes) {
      // Only what may stand beside a path: ".tmp" of ".asreview.tmp/".
      const std::size_t second_dot = suffix.find('.', 1);
      if (second_dot == std::string_view::npos) continue;
      if (suffix.ends_with('/')) suffix.remove_suffix(1);
      endings.push_back(suffix.substr(second_dot));
    }
  }
  register_uses();
  if (!folders_.empty()) find_nearest_made();
}

/// Notes until when each pattern and folder matters.
void EdgeBuilder::register_uses() {
  for (std::uint32_t command = 1; command <= all_accesses_.command_count(); ++command) {
    for (const Access& access : all_accesses_.of(CommandId{command})) {
      if (makes_folder(access.mode)) {
        register_folder(access.path, access.mode, command);
      } else if (access.extent != Extent::exact) {
        PatternState& pattern = pattern_states_[patterns_.pattern_of(access)];
        pattern.last_use = command;
        if (changes(access.mode)) pattern.last_change = command;
      }
    }
  }
}

void EdgeBuilder::register_folder(PathId folder, AccessMode mode, std::uint32_t command) {
  std::optional<PathId> at = folder;
  while (at && *at != PathTable::working_directory() && paths_.parent(*at)) {
    std::uint32_t& place = folder_of_path_[number(*at)];
    if (place == 0) {
      folders_.emplace_back();
      place = static_cast<std::uint32_t>(folders_.size());
    }
    folders_[place - 1].last_make = command;
    if (mode == AccessMode::make) break;
    at = paths_.parent(*at);
  }
}

void EdgeBuilder::add(CommandId command, const EdgeTraits& traits) {
  command_ = number(command);
  accesses_ = all_accesses_.of(command);
  edges_.begin(command_);
  if (options_.chain) edges_.wait_for(command_ - 1, EdgeKind::order);
  if (traits.reads_previous) edges_.wait_for(command_ - 1, EdgeKind::data);
  read_from_writers_.clear();
  covering_.clear();
  covering_of_access_.clear();
  // Reads first: what they find may imply that a folder is there.
  for (const Access& access : accesses_) {
    covering_of_access_.push_back(access.extent == Extent::exact && !makes_folder(access.mode)
                                      ? cover(access.path, access.temporaries)
                                      : Range{});
    if (!changes(access.mode) && access.extent == Extent::exact && !makes_folder(access.mode)) {
      collect_exact(access, covering_of_access_.back());
    }
  }
  for (std::size_t i = 0; i < accesses_.size(); ++i) collect(accesses_[i]);
  for (std::size_t i = 0; i < accesses_.size(); ++i) record(accesses_[i], covering_of_access_[i]);
  edges_.finish(traits.barrier);
  if (traits.opaque) last_loss_ = last_opaque_ = command_;
}

void EdgeBuilder::collect(const Access& access) {
  const auto at = static_cast<std::size_t>(&access - accesses_.data());
  if (makes_folder(access.mode)) {
    collect_make(access);
  } else if (access.extent != Extent::exact) {
    collect_pattern(access);
  } else if (changes(access.mode)) {
    collect_exact(access, covering_of_access_[at]);
  }
  const bool creates = access.mode == AccessMode::write || access.mode == AccessMode::append ||
                       access.mode == AccessMode::make;
  if (creates || paths_.name(access.path) == ".") collect_need(access);
}

void EdgeBuilder::record(const Access& access, Range covering) {
  if (makes_folder(access.mode)) {
    record_make(access);
  } else if (access.extent != Extent::exact) {
    record_pattern(access);
  } else {
    record_exact(access, covering);
  }
  const bool creates = access.mode == AccessMode::write || access.mode == AccessMode::append ||
                       access.mode == AccessMode::make;
  if (creates || paths_.name(access.path) == ".") record_need(access);
}

// --- Single paths ------------------------------------------------------------

EdgeBuilder::Range EdgeBuilder::cover(PathId path, std::uint8_t temporaries) {
  Range range{covering_.size(), 0};
  patterns_.covering(path, appended_[temporaries], covering_);
  range.end = covering_.size();
  return range;
}

std::uint32_t EdgeBuilder::newest_change(Range covering) const {
  std::uint32_t newest = 0;
  for (std::size_t i = covering.begin; i < covering.end; ++i) {
    newest = std::max(newest, pattern_states_[covering_[i]].changed_by);
  }
  return newest;
}

void EdgeBuilder::collect_exact(const Access& access, Range covering) {
  const std::uint32_t writer = writers_[number(access.path)];
  const std::uint32_t newest = std::max(writer, newest_change(covering));
  edges_.wait_for(newest, EdgeKind::data);
  if (!changes(access.mode)) {
    if (newest != 0 && access.certain) read_from_writers_.push_back(access.path);
    return;
  }
  if (options_.on_overwrite && access.mode == AccessMode::write && writer != 0) {
    report_overwrite(access, covering, writer);
  }
  edges_.wait_for_each(readers_[number(access.path)], EdgeKind::order, newest);
  for (std::size_t i = covering.begin; i < covering.end; ++i) {
    PatternState& pattern = pattern_states_[covering_[i]];
    // The last writer has waited for the readers before it.
    if (pattern.readers.newest > writer) edges_.wait_for_all(pattern.readers, EdgeKind::order);
  }
}

void EdgeBuilder::record_exact(const Access& access, Range covering) {
  const bool change = changes(access.mode);
  if (change) {
    writers_[number(access.path)] = command_;
    readers_[number(access.path)] = 0;
  } else {
    edges_.add_to(readers_[number(access.path)]);
  }
  for (std::size_t i = covering.begin; i < covering.end; ++i) {
    PatternState& pattern = pattern_states_[covering_[i]];
    if (change) {
      log_change(pattern, access.mode);
    } else {
      log_read(pattern);
    }
  }
}

void EdgeBuilder::report_overwrite(const Access& access, Range covering, std::uint32_t writer) {
  const auto has = [&](std::span<const Access> accesses, AccessMode mode) {
    return std::any_of(accesses.begin(), accesses.end(), [&](const Access& other) {
      return other.path == access.path && other.mode == mode;
    });
  };
  const auto before = all_accesses_.of(CommandId{writer});
  if (!has(before, AccessMode::write) || has(before, AccessMode::remove)) return;
  bool read = has(accesses_, AccessMode::read) || readers_[number(access.path)] != 0 ||
              last_opaque_ > writer;
  for (std::size_t i = covering.begin; i < covering.end && !read; ++i) {
    const PatternState& pattern = pattern_states_[covering_[i]];
    read = pattern.changed_by > writer || pattern.readers.newest > writer;
  }
  options_.on_overwrite(CommandId{writer}, CommandId{command_}, access.path, read);
}

// --- Trees and globs ---------------------------------------------------------

void EdgeBuilder::log_change(PatternState& pattern, AccessMode mode) {
  if (command_ >= pattern.last_use) return;
  const bool leaves_something = mode == AccessMode::write || mode == AccessMode::append;
  edges_.add_to(leaves_something ? pattern.writers : pattern.removers);
}

void EdgeBuilder::log_read(PatternState& pattern) {
  if (command_ < pattern.last_change) edges_.add_to(pattern.touched);
}

/// Patterns above do not know those below: these look up when they are used.
void EdgeBuilder::import_from_above(std::uint32_t number_of_pattern) {
  PatternState& pattern = pattern_states_[number_of_pattern];
  std::uint32_t seen = pattern.seen_above;
  for (const PatternIndex::Overlap& overlap : overlaps_) {
    const PatternState& above = pattern_states_[overlap.pattern];
    if (overlap.same_folder || above.changed_by <= pattern.seen_above) continue;
    edges_.add_to(above.removed ? pattern.removers : pattern.writers, above.changed_by);
    seen = std::max(seen, above.changed_by);
  }
  pattern.seen_above = seen;
}

void EdgeBuilder::collect_pattern(const Access& access) {
  const std::uint32_t at = patterns_.pattern_of(access);
  patterns_.overlapping(at, overlaps_);
  import_from_above(at);
  PatternState& pattern = pattern_states_[at];
  if (!changes(access.mode)) {
    edges_.wait_for_all(pattern.writers, EdgeKind::gather);
    edges_.wait_for_all(pattern.removers, EdgeKind::order);
    return;
  }
  edges_.wait_for_each(pattern.writers.head, EdgeKind::data);
  edges_.wait_for_each(pattern.removers.head, EdgeKind::data);
  edges_.wait_for_each(pattern.touched.head, EdgeKind::order);
  edges_.wait_for_each(pattern.readers.head, EdgeKind::order);
  for (const PatternIndex::Overlap& overlap : overlaps_) {
    if (overlap.same_folder) continue;
    edges_.wait_for_all(pattern_states_[overlap.pattern].readers, EdgeKind::order);
  }
}

void EdgeBuilder::record_pattern(const Access& access) {
  const std::uint32_t at = patterns_.pattern_of(access);
  patterns_.overlapping(at, overlaps_);
  PatternState& pattern = pattern_states_[at];
  if (!changes(access.mode)) {
    edges_.add_to(pattern.readers);
    for (const auto& overlap : overlaps_) log_read(pattern_states_[overlap.pattern]);
    return;
  }
  // Whatever happened before happened before this command.
  pattern.writers = pattern.removers = pattern.readers = pattern.touched = {};
  pattern.changed_by = pattern.seen_above = command_;
  pattern.removed = access.mode == AccessMode::remove;
  log_change(pattern, access.mode);
  for (const auto& overlap : overlaps_) log_change(pattern_states_[overlap.pattern], access.mode);
  last_loss_ = command_;
}

std::vector<bool> EdgeBuilder::written_paths() {
  std::vector<bool> written(writers_.size());
  const bool patterns_change =
      std::any_of(pattern_states_.begin(), pattern_states_.end(),
                  [](const PatternState& pattern) { return pattern.last_change != 0; });
  std::vector<std::uint32_t> covering;
  for (std::size_t i = 0; i < written.size(); ++i) {
    written[i] = writers_[i] != 0;
    if (written[i] || !patterns_change) continue;
    covering.clear();
    patterns_.covering(PathId{static_cast<std::uint32_t>(i)}, {}, covering);
    written[i] = std::any_of(covering.begin(), covering.end(), [&](std::uint32_t pattern) {
      return pattern_states_[pattern].last_change != 0;
    });
  }
  return written;
}

}  // namespace shoal
