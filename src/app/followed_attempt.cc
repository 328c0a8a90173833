#include "app/followed_attempt.h"

#include <variant>

#include "journal/journal.h"

namespace shoal {

FollowedAttempt::FollowedAttempt(const FoundRun& run, const CommandRecord& command)
    : journal_(run.folder.journal(run.id)),
      run_folder_(run.folder.run(run.id)),
      journal_end_(run.record.journal_end),
      key_(command.key),
      attempt_(command.attempts) {
  if (command.log_is_known) {
    log_ = RunningLog{run.record.worker(command), command.log.slot, command.log.begin};
  }
}

Expected<void> FollowedAttempt::look() {
  // The lock is asked first: when the run is over by then, its last words are in
  // the journal.
  const bool run_is_alive = RunLock::is_held(run_folder_);
  const auto read = replay_more(journal_, journal_end_, [this](const JournalRecord& record) {
    if (is_over_) return;
    std::visit([this](const auto& each) { hear(each); }, record);
  });
  if (!read) return tl::unexpected(read.error());
  journal_end_ = *read;
  is_over_ = is_over_ || !run_is_alive;
  return {};
}

void FollowedAttempt::hear(const LogRecord& record) {
  if (is_it(record.key, record.attempt)) log_ = {record.worker, record.slot, record.begin};
}

void FollowedAttempt::hear(const EndRecord& record) {
  if (!is_it(record.key, record.result.attempt)) return;
  log_ = {record.result.worker, record.result.log.slot, record.result.log.begin};
  end_ = record.result.log.end;
  is_over_ = true;
}

/// Another process took up the run, so this attempt went down with the last one,
/// and what stands in the log from now on is not its own.
void FollowedAttempt::hear(const OpenRecord& /*record*/) {
  if (log_) end_ = log_->begin;
  is_over_ = true;
}

bool FollowedAttempt::is_it(const CommandKey& key, AttemptNumber attempt) const {
  return key == key_ && number(attempt) == attempt_;
}

}  // namespace shoal
