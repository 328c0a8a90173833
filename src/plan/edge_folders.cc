// The part of EdgeBuilder that knows folders: who makes them, who needs them.

#include <algorithm>
#include <optional>

#include "plan/edge_builder.h"

namespace shoal {

EdgeBuilder::FolderState* EdgeBuilder::folder_state(PathId folder) {
  const std::uint32_t at = folder_of_path_[number(folder)];
  return at == 0 ? nullptr : &folders_[at - 1];
}

/// A path's folder has the smaller number: it was there first. Only the working
/// directory may lie in folders that came later.
void EdgeBuilder::find_nearest_made() {
  nearest_made_.assign(paths_.size(), 0);
  const auto find = [&](PathId path) {
    const auto parent = paths_.parent(path);
    nearest_made_[number(path)] = folder_of_path_[number(path)] != 0 ? number(path) + 1
                                  : parent ? nearest_made_[number(*parent)]
                                           : 0;
  };
  std::vector<PathId> above;
  for (auto at = paths_.parent(PathTable::working_directory()); at; at = paths_.parent(*at)) {
    above.push_back(*at);
  }
  std::for_each(above.rbegin(), above.rend(), find);
  for (std::uint32_t path = 0; path < paths_.size(); ++path) find(PathId{path});
}

std::optional<PathId> EdgeBuilder::nearest_made_above(PathId path) const {
  const auto parent = paths_.parent(path);
  if (!parent || nearest_made_[number(*parent)] == 0) return std::nullopt;
  return PathId{nearest_made_[number(*parent)] - 1};
}

bool EdgeBuilder::is_above(PathId folder, PathId path) const {
  for (auto at = paths_.parent(path); at; at = paths_.parent(*at)) {
    if (*at == folder) return true;
  }
  return false;
}

namespace {

/// Not a mkdir, but a program that may make its output's folder, depending on
/// its version and on how far it gets.
bool in_passing(const Access& access) {
  return access.mode == AccessMode::ensure && !access.certain;
}

}  // namespace

/// The access by which the command at hand makes the folder itself; nullptr
/// for none.
const Access* EdgeBuilder::own_make(PathId folder) const {
  const auto found = std::find_if(accesses_.begin(), accesses_.end(), [&](const Access& access) {
    if (!makes_folder(access.mode)) return false;
    return access.path == folder ||
           (access.mode == AccessMode::ensure && is_above(folder, access.path));
  });
  return found == accesses_.end() ? nullptr : &*found;
}

/// A command that reads a file below the folder, which another one writes,
/// needs nothing more: without that file it could only fail.
bool EdgeBuilder::implied_by_a_read(PathId folder) const {
  return std::any_of(read_from_writers_.begin(), read_from_writers_.end(),
                     [&](PathId path) { return is_above(folder, path); });
}

bool EdgeBuilder::exists_on_disk(PathId folder) const {
  return options_.folder_exists && last_loss_ == 0 && options_.folder_exists(paths_.text(folder));
}

bool EdgeBuilder::is_sure(PathId folder, FolderState& state) {
  if (is_made(state)) return true;
  if (!state.on_disk) state.on_disk = exists_on_disk(folder);
  return *state.on_disk && last_loss_ == 0;
}

/// The nearest folder above the path that any command makes, if the command at
/// hand depends on that. `made_before`: one that it may make in passing counts
/// only if its making was another command's work already.
std::optional<EdgeBuilder::NeededFolder> EdgeBuilder::needed_folder(const Access& access, bool made_before) {
  if (folders_.empty()) return std::nullopt;
  for (auto above = nearest_made_above(access.path); above; above = nearest_made_above(*above)) {
    FolderState* folder = folder_state(*above);
    const Access* own = own_make(*above);
    if ((own != nullptr && !in_passing(*own)) || (access.after_reads && implied_by_a_read(*above))) return std::nullopt;
    if (own != nullptr && made_before && folder->makers.head == 0) continue;
    return NeededFolder{*above, folder, own != nullptr};
  }
  return std::nullopt;
}

void EdgeBuilder::collect_need(const Access& access) {
  const auto folder = needed_folder(access, true);
  if (!folder) return;
  edges_.wait_for_all(folder->state->makers, EdgeKind::order);
  if (!folder->in_passing) edges_.wait_for_all(folder->state->passing, EdgeKind::order);
}

void EdgeBuilder::record_need(const Access& access) {
  const auto folder = needed_folder(access, false);
  if (!folder || command_ >= folder->state->last_make) return;
  if (is_sure(folder->path, *folder->state)) return;
  edges_.add_to(folder->in_passing ? folder->state->early_passing : folder->state->early);
}

/// A make changes something only where the folder is not surely there. Then it
/// comes after all who could have noticed its absence.
void EdgeBuilder::collect_make(const Access& access) {
  std::optional<PathId> at = access.path;
  for (FolderState* folder = nullptr; at && (folder = folder_state(*at)) != nullptr;
       at = paths_.parent(*at)) {
    const Range covering = cover(*at, 0);
    edges_.wait_for(newest_change(covering), EdgeKind::data);
    if (is_made(*folder)) {
      // Without effect, but only once the folder is there.
      edges_.wait_for_all(folder->makers, EdgeKind::order);
      return;
    }
    if (in_passing(access) && is_sure(*at, *folder)) return;
    for (std::size_t i = covering.begin; i < covering.end; ++i) {
      edges_.wait_for_all(pattern_states_[covering_[i]].readers, EdgeKind::order);
    }
    edges_.wait_for_all(folder->early, EdgeKind::order);
    if (!in_passing(access)) edges_.wait_for_all(folder->early_passing, EdgeKind::order);
    // The one that once made it surely came after those who needed it before.
    edges_.wait_for(folder->sure_since, EdgeKind::order);
    if (access.mode == AccessMode::make) return;
  }
}

void EdgeBuilder::record_make(const Access& access) {
  std::optional<PathId> at = access.path;
  for (FolderState* folder = nullptr; at && (folder = folder_state(*at)) != nullptr;
       at = paths_.parent(*at)) {
    const Range covering = cover(*at, 0);
    if (is_made(*folder) || (in_passing(access) && is_sure(*at, *folder))) {
      for (std::size_t i = covering.begin; i < covering.end; ++i) {
        log_read(pattern_states_[covering_[i]]);
      }
      return;
    }
    for (std::size_t i = covering.begin; i < covering.end; ++i) {
      log_change(pattern_states_[covering_[i]], access.mode);
    }
    if (access.certain && (access.mode == AccessMode::ensure || parent_is_sure(*at))) {
      folder->makers = folder->passing = folder->early = folder->early_passing = {};
      folder->sure_since = command_;
    }
    edges_.add_to(in_passing(access) ? folder->passing : folder->makers);
    if (access.mode == AccessMode::make) return;
  }
}

bool EdgeBuilder::parent_is_sure(PathId folder) {
  const auto parent = paths_.parent(folder);
  if (!parent) return false;
  if (*parent == PathTable::working_directory()) return true;
  if (FolderState* state = folder_state(*parent)) return is_sure(*parent, *state);
  return exists_on_disk(*parent);
}

}  // namespace shoal
