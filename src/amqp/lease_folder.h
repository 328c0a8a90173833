#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "amqp/ids.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace shoal {

/// The leases and marks of one run, as files on the shared volume:
/// `leases/COMMAND` and `marks/COMMAND` in the run's folder. What they are for
/// stands in docs/protocol.md. All members may take as long as the volume does.
///
/// Written for NFS, too: a lease's beat is read through a file that was just
/// opened, and marks through a folder that was just opened, since opening is what
/// makes a client ask the server again (close-to-open consistency, nfs(5)).
class LeaseFolder {
 public:
  /// `run_folder`: absolute. Touches no file; see make.
  explicit LeaseFolder(const std::string& run_folder);

  /// Makes both folders where they are absent.
  Expected<void> make() const;
  /// Removes both, with what is in them, and what agree_on_death remembers.
  void remove() const;
  /// Whether make was called for this run, by somebody, and not undone. True
  /// where the volume does not tell.
  bool exists() const;

  /// Leaves a note (`finished`) for workers that missed the tasker's last
  /// words; make takes it away.
  void note_finished() const;
  bool is_finished() const;
  /// Whether it was left after that time, by the volume's clock.
  bool is_finished_since(std::filesystem::file_time_type time) const;

  std::string lease_path(CommandId command) const;

  // The tasker's side.

  /// How long a lease may go without a beat before it is dead: `wished`, or
  /// what an earlier session of the run wished if that is longer, for its
  /// workers keep to that. Remembers it.
  Expected<Duration> agree_on_death(Duration wished) const;

  /// Leaves the command's mark, and waits until the disk has it.
  Expected<void> mark(CommandId command) const;
  /// What the holder of the lease changes while it lives; nullopt: there is no
  /// lease. An error says nothing about the lease.
  Expected<std::optional<std::int64_t>> beat(CommandId command) const;
  /// Takes a lease away from whoever has it.
  void break_lease(CommandId command) const;

  // The worker's side.

  bool is_marked(CommandId command) const;
  /// Of the worker's so many-th pulse; see LeaseHolder.
  std::string pulse_path(const WorkerName& worker, std::uint32_t pulse) const;

 private:
  std::string mark_path(CommandId command) const;
  std::string leases_;
  std::string marks_;
  std::string finished_;
  std::string death_;
};

}  // namespace shoal
