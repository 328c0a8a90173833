#include "app/attempt_builder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "journal/run_directory.h"

namespace shoal {
namespace {

ShellKind shell_for(const Command& command) {
  if (!command.needs_shell) return ShellKind::none;
  return command.portable ? ShellKind::sh : ShellKind::named;
}

/// Whether a command whose input is absent could only fail, leaving nothing
/// behind: not so where a redirection empties a file or another command of the
/// line runs all the same.
bool leaves_nothing_without_input(const Command& command) {
  return command.text.find_first_of("<>|;&(){}\n`") == std::string_view::npos;
}

std::int64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : -1;
}

}  // namespace

std::string snapshot_path(const CommandKey& key) {
  return fmt::format("{}/{:016x}-{}.sh", kSnapshotFolder, key.hash, key.occurrence);
}

AttemptBuilder::AttemptBuilder(const Project& project, const std::vector<CommandKey>& keys,
                               AttemptDefaults defaults)
    : plan_(project.plan()),
      keys_(keys),
      defaults_(std::move(defaults)),
      outdated_(plan_.command_count()),
      statuses_(plan_.command_count()) {}

void AttemptBuilder::set_cut_back(CommandId id, std::vector<AppendedFile> files) {
  appended_[number(id)] = std::move(files);
}

void AttemptBuilder::set_status(CommandId id, EndClass end, int exit_code) {
  const bool never_ran = end == EndClass::input_missing || end == EndClass::lost;
  statuses_[number(id) - 1] = never_ran ? 1 : static_cast<std::uint8_t>(exit_code);
}

std::vector<AppendedFile> AttemptBuilder::appended(CommandId id) const {
  const auto found = appended_.find(number(id));
  return found == appended_.end() ? std::vector<AppendedFile>() : found->second;
}

/// A snapshot holds everything before it, so none but the first entry is one.
void AttemptBuilder::add_prelude(const Command& command, AttemptSpec& spec) const {
  for (const ShellState::Entry& entry : plan_.state().to_replay(command.state)) {
    if (entry.from_snapshot) {
      spec.snapshot_before = snapshot_path(keys_[number(entry.command) - 1]);
    } else {
      spec.prelude.append(entry.text).append("\n");
    }
  }
}

void AttemptBuilder::add_paths(CommandId id, bool check_inputs, AttemptSpec& spec) const {
  const auto accesses = plan_.accesses(id);
  const Command& command = plan_.command(id);
  const bool makes_only =
      plan_.only_makes_folders(id) && !plan_.state().may_exit_on_error(command.state);
  const bool may_skip =
      check_inputs && command.effect == ShellEffect::none && leaves_nothing_without_input(command);
  const auto also_writes = [&](PathId path) {
    return std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) {
      return access.path == path && access.mode != AccessMode::read;
    });
  };
  for (const Access& access : accesses) {
    if (access.extent != Extent::exact) continue;
    switch (access.mode) {
      case AccessMode::read:
        if (!plan_.is_written(access.path)) {
          spec.inputs.push_back(plan_.paths().text(access.path));
        } else if (may_skip && access.certain && !also_writes(access.path)) {
          spec.required_inputs.push_back(plan_.paths().text(access.path));
        }
        break;
      case AccessMode::write:
      case AccessMode::append:
        if (access.certain) spec.outputs.push_back(plan_.paths().text(access.path));
        break;
      case AccessMode::make:
      case AccessMode::ensure:
        if (makes_only) spec.tolerated_folders.push_back(plan_.paths().text(access.path));
        break;
      case AccessMode::remove:
        break;
    }
  }
}

void AttemptBuilder::add_clean_up(CommandId id, AttemptSpec& spec) {
  auto clean_up = plan_.clean_up(id);
  if (!clean_up) return;
  const bool outdated = outdated_[number(id) - 1];
  spec.started_before = outdated || number(spec.attempt) > 1;
  spec.leftovers = std::move(clean_up->leftovers);
  spec.complete_if_zip = plan_.paths().text(clean_up->target);
  if (outdated) {
    outdated_[number(id) - 1] = false;
    spec.move_aside.push_back(spec.complete_if_zip);
    spec.aside_folder = kReplacedFolder;
  }
}

void AttemptBuilder::add_appended(CommandId id, AttemptSpec& spec) {
  for (const Access& access : plan_.accesses(id)) {
    if (access.mode != AccessMode::append || access.extent != Extent::exact) continue;
    std::string path = plan_.paths().text(access.path);
    const std::int64_t size = size_of(path);
    spec.cut_back.emplace_back(std::move(path), size);
  }
  if (spec.cut_back.empty()) return;
  const auto [known, is_new] = appended_.try_emplace(number(id));
  for (const AppendedFile& cut : known->second) {
    for (AppendedFile& file : spec.cut_back) {
      if (file.first == cut.first) file.second = std::min(file.second, cut.second);
    }
  }
  spec.appended_before = !is_new;
  spec.aside_folder = kReplacedFolder;
  known->second = spec.cut_back;
}

AttemptSpec AttemptBuilder::build(const StartAction& start) {
  const Command& command = plan_.command(start.command);
  const Directives* directives = plan_.directives(start.command);
  AttemptSpec spec;
  spec.command = start.command;
  spec.attempt = start.attempt;
  spec.text = command.text;
  if (defaults_.uploads) spec.upload = defaults_.uploads->spec_for(plan_, start.command);
  spec.upload.nothing_else = start.only_upload;
  if (start.only_upload) return spec;
  spec.shell = shell_for(command);
  if (command.state > 0) add_prelude(command, spec);
  if (command.kind == CommandKind::opaque) {
    const bool first = number(start.command) == 1;
    spec.status_before = first ? 0 : statuses_[number(start.command) - 2];
  }
  spec.ends_file = command.barrier == BarrierReason::exit_trap;
  if (command.effect != ShellEffect::none) {
    spec.snapshot = true;
    spec.snapshot_is_empty = command.effect == ShellEffect::may_end;
    spec.open_ended = command.barrier == BarrierReason::unterminated;
    spec.snapshot_file = snapshot_path(keys_[number(start.command) - 1]);
  }
  spec.timeout =
      directives != nullptr && directives->timeout ? *directives->timeout : defaults_.timeout;
  spec.grace = defaults_.grace;
  spec.threads =
      defaults_.limit_threads ? static_cast<unsigned>(std::max(1.0, std::ceil(start.cpus))) : 0;
  spec.may_start_warm = !defaults_.starts_cold || !defaults_.starts_cold(start.command);
  spec.cpus = start.cpus;
  spec.memory = start.memory;
  spec.hash_inputs = defaults_.hash_inputs;
  add_paths(start.command, start.check_inputs, spec);
  add_clean_up(start.command, spec);
  add_appended(start.command, spec);
  return spec;
}

}  // namespace shoal
