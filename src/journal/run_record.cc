#include "journal/run_record.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "journal/journal.h"

namespace shoal {
namespace {

/// Gives every distinct fingerprint one place in a vector.
class FingerprintPool {
 public:
  explicit FingerprintPool(std::vector<Fingerprint>& all)
      : all_(all), places_(16, Hash{&all}, Equal{&all}) {}

  std::uint32_t place_of(Fingerprint&& fingerprint) {
    const auto place = static_cast<std::uint32_t>(all_.size());
    all_.push_back(std::move(fingerprint));
    const auto [found, is_new] = places_.insert(place);
    if (!is_new) all_.pop_back();
    return *found;
  }

 private:
  struct Hash {
    const std::vector<Fingerprint>* all;
    std::size_t operator()(std::uint32_t place) const {
      const Fingerprint& fingerprint = (*all)[place];
      return hash64(fingerprint.path, static_cast<std::uint64_t>(fingerprint.modified_nanoseconds));
    }
  };
  struct Equal {
    const std::vector<Fingerprint>* all;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return (*all)[a] == (*all)[b]; }
  };
  std::vector<Fingerprint>& all_;
  std::unordered_set<std::uint32_t, Hash, Equal> places_;
};

/// Gives every name a place in a vector that has "" already.
class NamePool {
 public:
  explicit NamePool(std::vector<std::string>& all) : all_(all) {}

  std::uint32_t place_of(const std::string& name) {
    if (name.empty()) return 0;
    const auto [found, is_new] = places_.try_emplace(name, static_cast<std::uint32_t>(all_.size()));
    if (is_new) all_.push_back(name);
    return found->second;
  }

 private:
  std::vector<std::string>& all_;
  std::unordered_map<std::string, std::uint32_t> places_;
};

/// Folds records into a RunRecord, in the journal's order.
class RunFolder {
 public:
  RunFolder(RunRecord& run, bool every_attempt)
      : run_(run),
        fingerprints_(run.fingerprints),
        workers_(run.workers),
        every_attempt_(every_attempt) {}

  void operator()(HeaderRecord&& record) {
    if (run_.header.run_id.empty()) run_.header = std::move(record);
  }
  void operator()(OpenRecord&& record) {
    run_.opens.push_back(std::move(record));
    run_.close.reset();
  }
  void operator()(StartRecord&& record);
  void operator()(const LogRecord& record);
  void operator()(EndRecord&& record);
  void operator()(const SettleRecord& record);
  void operator()(VerifyRecord&& record) { run_.verified.push_back(std::move(record)); }
  void operator()(const CloseRecord& record) { run_.close = record; }

  void next_position() { ++position_; }

 private:
  /// The command's record, made if it is new; it takes the number.
  std::uint32_t index_of(const CommandKey& key, CommandId command);
  void note_uploads(std::uint32_t index, AttemptResult& result);
  void count_start(const AttemptResult& result);

  RunRecord& run_;
  FingerprintPool fingerprints_;
  NamePool workers_;
  bool every_attempt_;
  std::uint32_t position_ = 0;
};

std::uint32_t RunFolder::index_of(const CommandKey& key, CommandId command) {
  std::uint32_t index = run_.by_key.find(key, run_.commands);
  if (index == KeyIndex::kAbsent) {
    index = static_cast<std::uint32_t>(run_.commands.size());
    run_.commands.emplace_back().key = key;
    run_.by_key.add(index, run_.commands);
  }
  run_.commands[index].command = command;
  // Numbers are dense, since a plan counts its commands; a stray huge one must
  // not make a huge vector.
  constexpr std::uint32_t kMostCommands = 1U << 29U;
  if (command != CommandId::none && number(command) <= kMostCommands) {
    if (run_.by_number.size() < number(command)) {
      run_.by_number.resize(number(command), KeyIndex::kAbsent);
    }
    run_.by_number[number(command) - 1] = index;
  }
  return index;
}

void RunFolder::operator()(StartRecord&& record) {
  const std::uint32_t index = index_of(record.key, record.command);
  CommandRecord& command = run_.commands[index];
  command.attempts = std::max(command.attempts, number(record.attempt));
  const bool was_done = command.state == CommandState::done;
  command.state = CommandState::running;
  if (record.only_upload) {
    // What is known of the command's own run stays true.
    command.upload_left = command.upload_left || was_done;
    return;
  }
  command.upload_left = false;
  command.incomplete = {};
  command.log = {};
  command.worker = 0;
  command.log_is_known = false;
  command.started = record.time;
  command.start_position = position_;
  if (!record.appended.empty()) run_.appended_files[index] = std::move(record.appended);
}

void RunFolder::operator()(const LogRecord& record) {
  CommandRecord& command = run_.commands[index_of(record.key, record.command)];
  if (number(record.attempt) < command.attempts) return;
  command.log = LogRange{record.slot, record.begin, record.begin};
  command.worker = workers_.place_of(record.worker);
  command.log_is_known = true;
}

void RunFolder::operator()(EndRecord&& record) {
  const std::uint32_t index = index_of(record.key, record.result.command);
  CommandRecord& command = run_.commands[index];
  AttemptResult& result = record.result;
  count_start(result);
  if (number(result.attempt) >= command.attempts) note_uploads(index, result);
  if (number(result.attempt) >= command.attempts && result.only_upload) {
    command.attempts = number(result.attempt);
    command.state = result.end == EndClass::ok ? CommandState::done : CommandState::ready;
    command.end = result.end;
    run_.details.erase(index);
    if (!result.detail.empty()) run_.details[index] = result.detail;
  } else if (number(result.attempt) >= command.attempts) {
    command.attempts = number(result.attempt);
    command.has_end = true;
    command.end = result.end;
    command.state = result.end == EndClass::ok ? CommandState::done : CommandState::ready;
    command.done_once =
        command.done_once || result.end == EndClass::ok || result.end == EndClass::upload_failed;
    command.ended_attempt = result.attempt;
    command.exit_code = result.exit_code;
    command.signal = result.signal;
    command.wall = result.wall;
    command.usage = result.usage;
    command.log = result.log;
    command.worker = workers_.place_of(result.worker);
    command.log_is_known = true;
    command.started = result.started;
    command.end_position = position_;
    command.first_input = static_cast<std::uint32_t>(run_.input_indexes.size());
    command.input_count = static_cast<std::uint32_t>(result.inputs.size());
    if (!result.detail.empty()) {
      run_.details[index] = result.detail;
    } else if (!run_.details.empty()) {
      run_.details.erase(index);
    }
    for (Fingerprint& input : result.inputs) {
      run_.input_indexes.push_back(
          fingerprints_.place_of(every_attempt_ ? Fingerprint(input) : std::move(input)));
    }
  }
  if (every_attempt_) run_.attempts.push_back(std::move(record));
}

void RunFolder::count_start(const AttemptResult& result) {
  if (result.warm) {
    ++run_.warm_attempts;
    run_.spared += result.spared;
  } else if (!result.only_upload && result.end != EndClass::input_missing) {
    ++run_.cold_attempts;
  }
}

/// An attempt that only uploads and is stopped or lost leaves it to the next.
void RunFolder::note_uploads(std::uint32_t index, AttemptResult& result) {
  CommandRecord& command = run_.commands[index];
  command.upload_left = result.end == EndClass::upload_failed ||
                        (command.upload_left && result.only_upload && result.end != EndClass::ok);
  if (!result.uploads.empty()) {
    run_.uploads[index] = every_attempt_ ? result.uploads : std::move(result.uploads);
  } else if (!result.only_upload) {
    run_.uploads.erase(index);
  }
}

void RunFolder::operator()(const SettleRecord& record) {
  CommandRecord& command = run_.commands[index_of(record.key, record.command)];
  command.state = record.state;
  command.incomplete = record.incomplete.value_or(Incomplete{});
}

}  // namespace

std::size_t KeyIndex::slot_of(const CommandKey& key,
                              const std::vector<CommandRecord>& commands) const {
  // Equal commands differ in their occurrence only; the factor (2^64 over the
  // golden ratio) spreads them.
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15ULL;
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (key.hash + key.occurrence * kSpread) & mask;
  while (slots_[slot] != kAbsent && commands[slots_[slot]].key != key) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t KeyIndex::find(const CommandKey& key,
                             const std::vector<CommandRecord>& commands) const {
  return slots_.empty() ? kAbsent : slots_[slot_of(key, commands)];
}

void KeyIndex::add(std::uint32_t index, const std::vector<CommandRecord>& commands) {
  constexpr std::size_t kSmallest = 64;
  if (2 * (used_ + 1) > slots_.size()) {
    const std::vector<std::uint32_t> old = std::exchange(
        slots_, std::vector<std::uint32_t>(std::max(kSmallest, 2 * slots_.size()), kAbsent));
    for (const std::uint32_t each : old) {
      if (each != kAbsent) slots_[slot_of(commands[each].key, commands)] = each;
    }
  }
  slots_[slot_of(commands[index].key, commands)] = index;
  ++used_;
}

const CommandRecord* RunRecord::find(const CommandKey& key) const {
  const std::uint32_t index = by_key.find(key, commands);
  return index == KeyIndex::kAbsent ? nullptr : &commands[index];
}

const CommandRecord* RunRecord::find(CommandId id) const {
  if (id == CommandId::none || number(id) > by_number.size()) return nullptr;
  const std::uint32_t index = by_number[number(id) - 1];
  return index == KeyIndex::kAbsent ? nullptr : &commands[index];
}

std::span<const std::uint32_t> RunRecord::inputs(const CommandRecord& command) const {
  return std::span(input_indexes).subspan(command.first_input, command.input_count);
}

std::string_view RunRecord::detail(const CommandRecord& command) const {
  const auto found = details.find(static_cast<std::uint32_t>(&command - commands.data()));
  return found == details.end() ? std::string_view() : found->second;
}

std::span<const AppendedFile> RunRecord::appended(const CommandRecord& command) const {
  const auto found = appended_files.find(static_cast<std::uint32_t>(&command - commands.data()));
  if (found == appended_files.end()) return {};
  return found->second;
}

const OpenRecord* RunRecord::last_upload_target() const {
  const auto found = std::find_if(opens.rbegin(), opens.rend(),
                                  [](const OpenRecord& open) { return !open.bucket.empty(); });
  return found == opens.rend() ? nullptr : &*found;
}

std::map<std::uint64_t, StartVerdict> RunRecord::verdicts() const {
  std::map<std::uint64_t, StartVerdict> last;
  for (const VerifyRecord& tried : verified) {
    last.insert_or_assign(tried.shape, tried.verified.verdict);
  }
  return last;
}

Expected<RunRecord> read_run(const std::string& journal_path, bool every_attempt) {
  RunRecord run;
  RunFolder fold(run, every_attempt);
  auto replayed = replay_journal(journal_path, [&](JournalRecord&& record) {
    fold.next_position();
    std::visit([&](auto& each) { fold(std::move(each)); }, record);
  });
  if (!replayed) return tl::unexpected(replayed.error());
  run.journal_end = *replayed;
  if (run.header.run_id.empty()) {
    return input_error(journal_path, "the journal is empty: shoal ended before it wrote anything",
                       "Start a new run with --fresh");
  }
  return run;
}

}  // namespace shoal
