#include "journal/resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "journal/file_uses.h"
#include "journal/rerun_set.h"

namespace shoal {
namespace {

/// Finds first causes: why a command that was done must run again.
class CauseFinder {
 public:
  CauseFinder(const Plan& plan, const RunRecord& run, const ResumeOptions& options,
              const FileUses& uses)
      : plan_(plan),
        run_(run),
        options_(options),
        uses_(uses),
        fingerprint_states_(run.fingerprints.size(), State::unknown),
        fingerprint_paths_(run.fingerprints.size()) {}

  std::optional<std::string> changed_input(CommandId id, const CommandRecord& record);
  std::optional<std::string> missing_output(CommandId id) const;

 private:
  enum class State : std::uint8_t { unknown, same, changed };

  bool is_same(std::uint32_t fingerprint);
  bool changed_after(PathId path, WallTime time);
  const std::uint32_t* seen_input(PathId path, const CommandRecord& record);
  bool must_exist(CommandId id, const Access& access) const;

  const Plan& plan_;
  const RunRecord& run_;
  const ResumeOptions& options_;
  const FileUses& uses_;
  std::vector<State> fingerprint_states_;
  std::vector<std::optional<PathId>> fingerprint_paths_;  // as far as they were met
  std::unordered_map<std::uint32_t, std::int64_t>
      modified_;  // by path, nanoseconds; of unseen inputs
};

std::optional<std::string> CauseFinder::changed_input(CommandId id, const CommandRecord& record) {
  for (const Access& access : plan_.accesses(id)) {
    if (access.mode != AccessMode::read || access.extent != Extent::exact ||
        plan_.is_written(access.path)) {
      continue;
    }
    const std::uint32_t* const seen = seen_input(access.path, record);
    // The journal may lack an input: a line that made it was taken out since.
    const bool changed =
        seen != nullptr ? !is_same(*seen) : changed_after(access.path, record.started);
    if (changed) return fmt::format("its input {} changed", plan_.paths().text(access.path));
  }
  return std::nullopt;
}

/// The fingerprint of the path among the record's inputs. Paths are compared as
/// texts only until it is known which fingerprint belongs to which path.
const std::uint32_t* CauseFinder::seen_input(PathId path, const CommandRecord& record) {
  const auto inputs = run_.inputs(record);
  for (const std::uint32_t& input : inputs) {
    if (fingerprint_paths_[input] == path) return &input;
  }
  std::optional<std::string> text;
  for (const std::uint32_t& input : inputs) {
    if (fingerprint_paths_[input]) continue;
    if (!text) text = plan_.paths().text(path);
    if (run_.fingerprints[input].path != *text) continue;
    fingerprint_paths_[input] = path;
    return &input;
  }
  return nullptr;
}

bool CauseFinder::is_same(std::uint32_t fingerprint) {
  State& state = fingerprint_states_[fingerprint];
  if (state == State::unknown) {
    const Fingerprint& then = run_.fingerprints[fingerprint];
    const bool by_content = options_.verify && then.sha256.has_value();
    const Fingerprint now = options_.fingerprint(then.path, by_content);
    const bool is_folder = now.size == 0 && now.modified_nanoseconds == 0;
    bool same = false;
    if (is_folder) {
      same = then.size >= 0;
    } else if (by_content) {
      same = now.sha256 == then.sha256;
    } else {
      same = now.size == then.size && now.modified_nanoseconds == then.modified_nanoseconds;
    }
    state = same ? State::same : State::changed;
  }
  return state == State::same;
}

bool CauseFinder::changed_after(PathId path, WallTime time) {
  const auto [found, is_new] = modified_.try_emplace(number(path));
  if (is_new) {
    const Fingerprint now = options_.fingerprint(plan_.paths().text(path), false);
    found->second = now.size < 0 ? 0 : now.modified_nanoseconds;
  }
  return std::chrono::nanoseconds(found->second) > time.time_since_epoch();
}

std::optional<std::string> CauseFinder::missing_output(CommandId id) const {
  for (const Access& access : plan_.accesses(id)) {
    if (!must_exist(id, access)) continue;
    std::string path = plan_.paths().text(access.path);
    if (options_.fingerprint(path, false).size < 0) {
      return fmt::format("its output {} is gone", std::move(path));
    }
  }
  return std::nullopt;
}

/// A file or folder that the command surely makes and that neither it nor a
/// later command changes or removes.
bool CauseFinder::must_exist(CommandId id, const Access& access) const {
  if (access.extent != Extent::exact || !access.certain || access.mode == AccessMode::read ||
      access.mode == AccessMode::remove) {
    return false;
  }
  const auto uses = uses_.uses(access.path);
  for (std::size_t at = uses.size(); at-- > 0 && uses[at].command >= id;) {
    const FileUse& use = uses[at];
    if (changes_contents(use.mode) && (use.command > id || use.mode == AccessMode::remove)) {
      return false;
    }
  }
  return true;
}

std::vector<const CommandRecord*> records_of(const std::vector<CommandKey>& keys,
                                             const RunRecord& record) {
  std::vector<const CommandRecord*> records(keys.size());
  std::transform(keys.begin(), keys.end(), records.begin(),
                 [&](const CommandKey& key) { return record.find(key); });
  return records;
}

/// All that is left, if anything, is its upload.
bool is_made(const CommandRecord* record) {
  return record != nullptr && (record->state == CommandState::done || record->upload_left);
}

}  // namespace

std::vector<CommandKey> command_keys(const Plan& plan) {
  std::vector<CommandKey> keys(plan.command_count());
  std::uint32_t state = UINT32_MAX;
  std::uint64_t state_hash = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Command& command = plan.commands()[i];
    if (command.state != state) {
      state = command.state;
      state_hash = plan.state().fingerprint(state);
    }
    keys[i].hash = hash64(command.text, state_hash);
  }
  // Equal hashes in file order, without a hash table of a million nodes.
  std::vector<std::uint32_t> order(keys.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(keys[a].hash, a) < std::pair(keys[b].hash, b);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (keys[order[i]].hash == keys[order[i - 1]].hash) {
      keys[order[i]].occurrence = keys[order[i - 1]].occurrence + 1;
    }
  }
  return keys;
}

ResumePlan plan_resume(const Plan& plan, const std::vector<CommandKey>& keys,
                       const RunRecord& record, const ResumeOptions& options) {
  if (record.commands.empty()) {
    return {{std::vector<bool>(keys.size()), std::vector<std::uint32_t>(keys.size()),
             std::vector<bool>(keys.size())},
            std::vector<bool>(keys.size()),
            {},
            {}};
  }
  const std::vector<const CommandRecord*> records = records_of(keys, record);
  const FileUses uses(plan);
  CauseFinder causes(plan, record, options, uses);
  RerunSet reruns(plan, records, record, options, uses);
  ResumePlan resume;
  resume.outdated.resize(keys.size());
  for (std::uint32_t id = 1; id <= keys.size(); ++id) {
    const CommandRecord* const own = records[id - 1];
    std::optional<std::string> cause;
    if (own != nullptr && own->attempts > 0) cause = causes.changed_input(CommandId{id}, *own);
    // Of a command that was not done it only matters that what it left is outdated.
    resume.outdated[id - 1] = cause.has_value();
    if (!cause && is_made(own)) cause = causes.missing_output(CommandId{id});
    if (cause || !is_made(own)) reruns.add(CommandId{id});
    if (cause && is_made(own)) resume.reasons.push_back({CommandId{id}, std::move(*cause)});
  }
  reruns.close();

  resume.scheduler.done.resize(keys.size());
  resume.scheduler.attempts.resize(keys.size());
  resume.scheduler.made.resize(keys.size());
  for (std::uint32_t id = 1; id <= keys.size(); ++id) {
    const CommandRecord* const own = records[id - 1];
    const bool again = reruns.contains(CommandId{id});
    const bool has_results = own != nullptr && own->attempts > 0;
    const bool upload_left = own != nullptr && own->upload_left;
    resume.scheduler.done[id - 1] = !again && !upload_left;
    resume.scheduler.made[id - 1] = !again && upload_left;
    resume.scheduler.attempts[id - 1] = own == nullptr ? 0 : own->attempts;
    resume.outdated[id - 1] =
        again && has_results &&
        (own->done_once || resume.outdated[id - 1] || reruns.is_stale(CommandId{id}));
  }
  resume.cut_back = reruns.cut_back();
  auto warnings = reruns.warnings();
  std::move(warnings.begin(), warnings.end(), std::back_inserter(resume.reasons));
  return resume;
}

}  // namespace shoal
