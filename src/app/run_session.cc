#include "app/run_session.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "app/run_overview.h"
#include "exec/clock.h"

namespace shoal {
namespace {

/// How often the picture may change and the journal goes to disk: short enough
/// for eyes and for a power cut, long enough to cost nothing.
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

RunSession::RunSession(asio::io_context& io)
    : io_(io), signals_(io, SIGINT, SIGTERM, SIGHUP), ticker_(io) {}

SessionOutcome RunSession::run(const Parts& parts) {
  parts_ = parts;
  const Instant begun = monotonic_now();
  await_signal();
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
  outcome_.usage.user += result.usage.user;
  outcome_.usage.system += result.usage.system;
  outcome_.usage.peak_memory = std::max(outcome_.usage.peak_memory, result.usage.peak_memory);
  parts_.builder->set_status(result.command, result.end, result.exit_code);
  parts_.view->on_ended(result, now);
  parts_.journal->append(EndRecord{(*parts_.keys)[index], (*parts_.shapes)[index], result});
  parts_.scheduler->on_attempt_ended(result, now, actions_);
  if (result.end != EndClass::ok) {
    last_failures_.insert_or_assign(number(result.command), std::move(result));
  }
  carry_out();
}

void RunSession::carry_out() {
  for (const SettleAction& settled : std::exchange(actions_.settled, {})) note_settled(settled);
  for (const CancelAction& cancel : std::exchange(actions_.cancel, {})) {
    parts_.executor->cancel(cancel.command, cancel.attempt);
  }
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
    const StartRecord record{start.command, (*parts_.keys)[number(start.command) - 1],
                             start.attempt, time, parts_.builder->appended(start.command)};
    parts_.journal->append(record);
    specs.push_back(std::move(spec));
  }
  if (const auto written = parts_.journal->write(); !written) {
    give_up(written.error(), specs);
    return;
  }
  const Instant now = monotonic_now();
  for (AttemptSpec& spec : specs) {
    parts_.view->on_started(spec.command, now);
    unannounced_.push_back({spec.command, spec.attempt});
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
    await_signal();
  });
}

void RunSession::on_signal(int signal) {
  outcome_.interrupted = true;
  ++signals_seen_;
  // The third one means now: the guardian stops what still runs.
  if (signals_seen_ > 2) ::_exit(130);
  // TERM and HUP come from systems that will not wait for hours.
  const bool cancelling = signals_seen_ > 1 || signal != SIGINT;
  parts_.view->on_stopping(cancelling);
  if (cancelling) {
    signals_seen_ = std::max(signals_seen_, 2);
    parts_.scheduler->abort(monotonic_now(), actions_);
  } else {
    parts_.scheduler->drain(monotonic_now(), actions_);
  }
  carry_out();
}

void RunSession::refresh_view() {
  const Instant now = monotonic_now();
  parts_.view->refresh(RunProgress{parts_.scheduler->counts(), parts_.scheduler->estimate_left(now),
                                   now, local_time(wall_now())},
                       parts_.terminal->size());
}

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
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const std::error_code& error) {
    if (!error) tick();
  });
}

void RunSession::finish() {
  signals_.cancel();
  ticker_.cancel();
  io_.stop();
}

}  // namespace shoal
