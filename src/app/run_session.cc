#include "app/run_session.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "app/commands.h"
#include "app/run_overview.h"
#include "exec/clock.h"
#include "view/verified_text.h"

namespace shoal {
namespace {

/// How often the picture may change and the journal goes to disk: short enough
/// for eyes and for a power cut, long enough to cost nothing.
constexpr std::chrono::milliseconds kTick{100};

constexpr Duration kCancelLook = std::chrono::seconds(1);

}  // namespace

RunSession::RunSession(asio::io_context& io)
    : io_(io), signals_(io, SIGINT, SIGTERM, SIGHUP), ticker_(io) {}

SessionOutcome RunSession::run(const Parts& parts) {
  parts_ = parts;
  const Instant begun = monotonic_now();
  await_signal();
  // What an earlier session was asked, and died without hearing it.
  ::unlink(parts_.cancel_file.c_str());
  parts_.scheduler->begin(begun, actions_);
  carry_out();
  if (!actions_.finished) {
    tick();
    io_.run();
  }
  refresh_view();
  parts_.view->finish();
  outcome_.wall = monotonic_now() - begun;
  outcome_.counts = parts_.scheduler->counts();
  return std::move(outcome_);
}

void RunSession::on_ended(AttemptResult result) {
  const Instant now = monotonic_now();
  const std::uint32_t index = number(result.command) - 1;
  running_.erase(number(result.command));
  uploading_.erase(number(result.command));
  count_uploads(result);
  attempts_.add(result);
  outcome_.usage.user += result.usage.user;
  outcome_.usage.system += result.usage.system;
  outcome_.usage.peak_memory = std::max(outcome_.usage.peak_memory, result.usage.peak_memory);
  ++(result.warm ? outcome_.warm : outcome_.cold);
  outcome_.spared += result.spared;
  parts_.builder->set_status(result.command, result.end, result.exit_code);
  parts_.view->on_ended(result, now);
  parts_.journal->append(EndRecord{(*parts_.keys)[index], (*parts_.shapes)[index], result});
  parts_.scheduler->on_attempt_ended(result, now, actions_);
  if (result.end != EndClass::ok) {
    last_failures_.insert_or_assign(number(result.command), std::move(result));
  }
  carry_out();
}

void RunSession::on_uploading(CommandId command, AttemptNumber attempt) {
  running_.erase(number(command));
  uploading_.insert(number(command));
  parts_.view->on_uploading(command);
  parts_.scheduler->on_uploading(command, attempt, monotonic_now(), actions_);
  carry_out();
}

void RunSession::on_verified(VerifiedStart verified) {
  const std::size_t index = number(verified.command) - 1;
  parts_.journal->append(
      VerifyRecord{(*parts_.keys)[index], (*parts_.shapes)[index], wall_now(), verified});
  if (verified.verdict == StartVerdict::differs) {
    parts_.view->note(differing_start_text(verified));
  }
  outcome_.verified.push_back(std::move(verified));
}

/// What an attempt after a failed one uploads, or finds, is what is there.
void RunSession::count_uploads(const AttemptResult& result) {
  UploadCounts& all = outcome_.uploads;
  if (const auto earlier = failed_uploads_.extract(number(result.command)); !earlier.empty()) {
    all.files -= earlier.mapped().files;
    all.bytes -= earlier.mapped().bytes;
  }
  UploadCounts own;
  own.files = result.uploads.size();
  for (const UploadedFile& file : result.uploads) own.bytes += file.size;
  all.files += own.files;
  all.bytes += own.bytes;
  if (result.end == EndClass::upload_failed) failed_uploads_.emplace(number(result.command), own);
  all.failed = static_cast<std::uint32_t>(failed_uploads_.size());
}

void RunSession::on_running(CommandId command, AttemptNumber attempt) {
  running_.insert(number(command));
  parts_.view->on_started(command, monotonic_now());
  unannounced_.push_back({command, attempt});
}

void RunSession::on_capacity(Capacity capacity) {
  parts_.scheduler->resize(capacity.attempts, capacity.slots, monotonic_now(), actions_);
  carry_out();
}

void RunSession::on_notice(std::string_view sentence) { parts_.view->note(sentence); }

/// What is out stays out, for the session that continues the run.
void RunSession::on_broken(Error error) {
  outcome_.infrastructure_error = std::move(error);
  outcome_.detached = true;
  finish();
}

bool RunSession::make_durable() {
  if (outcome_.infrastructure_error) return false;
  if (auto flushed = parts_.journal->flush(); !flushed) {
    give_up(flushed.error(), {});
    return false;
  }
  return true;
}

void RunSession::carry_out() {
  for (const SettleAction& settled : std::exchange(actions_.settled, {})) note_settled(settled);
  for (const CancelAction& cancel : std::exchange(actions_.cancel, {})) {
    parts_.executor->cancel(cancel.command, cancel.attempt);
  }
  if (std::exchange(actions_.stopping, false)) parts_.executor->withdraw();
  if (!actions_.start.empty() || actions_.finished) {
    start_all(std::exchange(actions_.start, {}));
  }
  if (actions_.finished) finish();
}

void RunSession::start_all(std::vector<StartAction> starts) {
  const WallTime time = wall_now();
  std::vector<AttemptSpec> specs;
  specs.reserve(starts.size());
  for (const StartAction& start : starts) {
    AttemptSpec spec = parts_.builder->build(start);
    StartRecord record{
        start.command,    (*parts_.keys)[number(start.command) - 1], start.attempt, time, {},
        start.only_upload};
    if (!start.only_upload) record.appended = parts_.builder->appended(start.command);
    parts_.journal->append(record);
    specs.push_back(std::move(spec));
  }
  const bool begins_at_once = !parts_.executor->queues();  // else see make_durable
  if (begins_at_once) {
    if (const auto written = parts_.journal->write(); !written) {
      give_up(written.error(), specs);
      return;
    }
  }
  for (AttemptSpec& spec : specs) {
    if (begins_at_once) on_running(spec.command, spec.attempt);
    parts_.executor->start(std::move(spec));
  }
}

void RunSession::note_settled(const SettleAction& settled) {
  parts_.view->on_settled(settled, monotonic_now());
  if (!needs_settle_record(settled)) return;
  parts_.journal->append(SettleRecord{settled.command, (*parts_.keys)[number(settled.command) - 1],
                                      settled.state, settled.incomplete, wall_now()});
  if (settled.incomplete) outcome_.incomplete.push_back(settled);
  if (settled.state == CommandState::done) return;
  AttemptResult last;
  if (const auto found = last_failures_.find(number(settled.command));
      found != last_failures_.end()) {
    last = std::move(found->second);
    last_failures_.erase(found);
  }
  outcome_.troubles.push_back(SettledTrouble{settled, std::move(last)});
}

/// The journal cannot be written: what is running may finish, nothing that it
/// does not know of may start.
void RunSession::give_up(Error error, const std::vector<AttemptSpec>& not_started) {
  if (!outcome_.infrastructure_error) {
    parts_.view->note(error.sentence());
    outcome_.infrastructure_error = std::move(error);
  }
  parts_.scheduler->drain(monotonic_now(), actions_);
  for (const AttemptSpec& spec : not_started) {
    AttemptResult result;
    result.command = spec.command;
    result.attempt = spec.attempt;
    result.end = EndClass::cancelled;
    parts_.scheduler->on_attempt_ended(result, monotonic_now(), actions_);
  }
  for (const SettleAction& settled : std::exchange(actions_.settled, {})) note_settled(settled);
}

void RunSession::await_signal() {
  signals_.async_wait([this](const std::error_code& error, int signal) {
    if (error) return;
    on_signal(signal);
    if (!finished_) await_signal();
  });
}

void RunSession::on_signal(int signal) {
  outcome_.interrupted = true;
  if (outcome_.signal == 0) outcome_.signal = signal;
  ++signals_seen_;
  // The third one means now: the guardian stops what still runs.
  if (signals_seen_ > 2) ::_exit(exit_code::after_signal(outcome_.signal));
  // TERM and HUP come from systems that will not wait for hours. What runs
  // elsewhere need not stop for them: the next session takes its results in.
  if (signal != SIGINT && parts_.executor->queues()) {
    outcome_.detached = true;
    return finish();
  }
  const bool cancelling = signals_seen_ > 1 || signal != SIGINT;
  if (cancelling) signals_seen_ = std::max(signals_seen_, 2);
  stop(cancelling);
}

void RunSession::stop(bool cancelling) {
  parts_.view->on_stopping(cancelling);
  if (cancelling) {
    parts_.scheduler->abort(monotonic_now(), actions_);
  } else {
    parts_.scheduler->drain(monotonic_now(), actions_);
  }
  carry_out();
}

/// `shoal cancel`, from wherever the run's folder is seen.
void RunSession::look_for_cancel() {
  const Instant now = monotonic_now();
  if (now < next_look_) return;
  next_look_ = now + kCancelLook;
  if (::unlink(parts_.cancel_file.c_str()) != 0) return;
  outcome_.interrupted = true;
  signals_seen_ = std::max(signals_seen_, 1);
  stop(true);
}

RunProgress RunSession::progress() const {
  const Instant now = monotonic_now();
  Scheduler::Counts counts = parts_.scheduler->counts();
  // What waits at a broker does not run yet.
  const auto running = static_cast<std::uint32_t>(running_.size());
  UploadCounts uploads = outcome_.uploads;
  uploads.under_way = static_cast<std::uint32_t>(uploading_.size());
  counts.ready += counts.running - running - uploads.under_way;
  counts.running = running;
  return {counts, parts_.scheduler->estimate_left(now), now, local_time(wall_now()), uploads};
}

void RunSession::refresh_view() const { parts_.view->refresh(progress(), parts_.terminal->size()); }

/// Says in the journal where the output of those goes that still run, once:
/// most commands of a long list are over before anybody could look.
void RunSession::announce_logs() {
  for (const auto& [command, attempt] : std::exchange(unannounced_, {})) {
    if (const auto log = parts_.executor->log_of(command)) {
      parts_.journal->append(LogRecord{command, (*parts_.keys)[number(command) - 1], attempt,
                                       log->slot, log->begin, log->worker});
    }
  }
}

void RunSession::tick() {
  refresh_view();
  announce_logs();
  if (parts_.journal->write()) parts_.journal->sync();
  look_for_cancel();
  if (finished_) return;
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const std::error_code& error) {
    if (!error) tick();
  });
}

void RunSession::finish() {
  finished_ = true;
  signals_.cancel();
  ticker_.cancel();
  io_.stop();
}

}  // namespace shoal
