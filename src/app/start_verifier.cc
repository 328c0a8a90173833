#include "app/start_verifier.h"

#include <fmt/format.h>

#include <utility>

namespace shoal {

StartVerifier::StartVerifier(ExecutorEvents& events, StartVerifierOptions options)
    : events_(events), options_(std::move(options)) {}

void StartVerifier::use(Executor& executor, StartTrials& trials) {
  executor_ = &executor;
  trials_ = &trials;
}

void StartVerifier::start(AttemptSpec spec) {
  if (!trials_->can_start_warm(spec)) return executor_->start(std::move(spec));
  const std::uint64_t kind = options_.kind_of(spec.command);
  if (const auto known = options_.known.find(kind); known != options_.known.end()) {
    spec.may_start_warm = known->second == StartVerdict::equal;
    return executor_->start(std::move(spec));
  }
  if (kinds_under_way_.contains(kind)) return start_cold(std::move(spec));
  try_first(std::move(spec), kind);
}

void StartVerifier::try_first(AttemptSpec spec, std::uint64_t kind) {
  auto trial = trials_->prepare(spec);
  if (!trial) {
    VerifiedStart unknown;
    unknown.command = spec.command;
    unknown.why = std::move(trial.error().message);
    conclude(kind, std::move(unknown));
    return start_cold(std::move(spec));
  }
  if (!*trial) return start_cold(std::move(spec));
  kinds_under_way_.insert(kind);
  const CommandId command = spec.command;
  under_way_.insert_or_assign(command, Trial{std::move(spec), kind});
  executor_->start(std::move(**trial));
}

void StartVerifier::start_cold(AttemptSpec spec) {
  spec.may_start_warm = false;
  executor_->start(std::move(spec));
}

void StartVerifier::cancel(CommandId command, AttemptNumber attempt) {
  if (const auto trial = under_way_.find(command); trial != under_way_.end()) {
    trial->second.cancelled = true;
  }
  executor_->cancel(command, attempt);
}

std::optional<RunningLog> StartVerifier::log_of(CommandId command) const {
  return executor_->log_of(command);
}

void StartVerifier::on_ended(AttemptResult result) {
  auto ended = under_way_.extract(result.command);
  if (ended.empty()) {
    compare_with_trial(result);
    return events_.on_ended(std::move(result));
  }
  Trial& trial = ended.mapped();
  kinds_under_way_.erase(trial.kind);
  if (trial.cancelled) {
    result.end = EndClass::cancelled;
    return events_.on_ended(std::move(result));
  }
  VerifiedStart verified = trials_->verdict(result);
  trial.spec.may_start_warm = verified.verdict == StartVerdict::equal;
  if (trial.spec.may_start_warm) {
    found_equal_.insert_or_assign(result.command, Found{trial.kind, verified.exit_code});
  }
  conclude(trial.kind, std::move(verified));
  executor_->start(std::move(trial.spec));
}

void StartVerifier::compare_with_trial(const AttemptResult& result) {
  const auto found = found_equal_.extract(result.command);
  if (found.empty() || result.end == EndClass::cancelled) return;
  const auto [kind, exit_code] = found.mapped();
  if (result.exit_code == exit_code) return;
  VerifiedStart unknown;
  unknown.command = result.command;
  unknown.exit_code = exit_code;
  unknown.why = fmt::format("it ended with exit code {}, but in its scratch copy with {}",
                            result.exit_code, exit_code);
  conclude(kind, std::move(unknown));
}

void StartVerifier::on_uploading(CommandId command, AttemptNumber attempt) {
  events_.on_uploading(command, attempt);
}

void StartVerifier::conclude(std::uint64_t kind, VerifiedStart verified) {
  options_.known.insert_or_assign(kind, verified.verdict);
  events_.on_verified(std::move(verified));
}

}  // namespace shoal
