#include "tests/sched/random_history.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace shoal::testing {
namespace {

Workload workload_of(const RandomJobs& jobs, const Nature& nature) {
  Workload workload;
  workload.graph = &jobs.graph;
  workload.shape = [&jobs](CommandId id) { return jobs.shapes[number(id)]; };
  workload.directives = [&jobs](CommandId id) { return &jobs.directives[number(id)]; };
  if (nature.set_e) {
    workload.exits_on_error = [&jobs](CommandId id) -> bool {
      return jobs.exits_on_error[number(id)];
    };
  }
  return workload;
}

}  // namespace

Session::Session(const RandomJobs& jobs, const Nature& nature, Dice& dice, ShapeHistory& history,
                 const Scheduler::Resume& resume)
    : jobs_(jobs),
      nature_(nature),
      dice_(dice),
      done_before_(jobs.commands + 1),
      attempts_(jobs.commands + 1),
      states_(jobs.commands + 1, CommandState::waiting),
      scheduler_(workload_of(jobs, nature), history, jobs.options, resume) {
  for (std::uint32_t command = 1; command <= jobs.commands && !resume.done.empty(); ++command) {
    done_before_[command] = resume.done[command - 1];
    attempts_[command] = resume.attempts[command - 1];
    if (done_before_[command]) states_[command] = CommandState::done;
  }
}

void Session::play() {
  // Each attempt costs an event; a command has at most a handful of attempts.
  const std::uint32_t most_events = 1000 + 100 * jobs_.commands;
  for (std::uint32_t events = 0; !finished_ && broken_.empty(); ++events) {
    require(events < most_events, "the session does not end");
    take_event();
    if (!broken_.empty()) return;
    check_room();
    check_counts();
    check_estimate();
  }
  if (!broken_.empty()) return;
  check_end();
  // The dead stay dead.
  Actions after;
  if (!ended_.empty()) scheduler_.on_attempt_ended(ended_.back(), now_, after);
  scheduler_.drain(now_, after);
  scheduler_.abort(now_, after);
  require(after.settled.empty() && after.start.empty() && after.cancel.empty() && !after.finished,
          "actions after the end");
}

void Session::take_event() {
  Actions actions;
  now_ += Duration(dice_.roll(5'000'000));
  const bool drains = dice_.chance(nature_.percent_stop);
  if (drains && dice_.chance(50)) {
    stopped_ = aborted_ = true;
    scheduler_.abort(now_, actions);
    carry_out(actions);
  } else if (drains) {
    stopped_ = true;
    scheduler_.drain(now_, actions);
    carry_out(actions);
  } else if (!begun_) {
    begun_ = true;
    scheduler_.begin(now_, actions);
    carry_out(actions);
  } else if (!ended_.empty() && dice_.chance(nature_.percent_duplicate)) {
    scheduler_.on_attempt_ended(ended_[dice_.roll(static_cast<std::uint32_t>(ended_.size()))], now_,
                                actions);
    require(actions.settled.empty() && actions.start.empty() && !actions.finished,
            "a duplicate had an effect");
  } else {
    end_some_attempt();
  }
}

EndClass Session::random_end() {
  constexpr std::array kEnds{EndClass::failed,        EndClass::timed_out, EndClass::killed,
                             EndClass::out_of_memory, EndClass::lost,      EndClass::output_missing,
                             EndClass::input_missing};
  if (!dice_.chance(nature_.percent_bad)) return EndClass::ok;
  if (dice_.chance(3)) return EndClass::ended_shell;
  return kEnds.at(dice_.roll(kEnds.size()));
}

void Session::end_some_attempt() {
  require(!running_.empty(), "nothing runs, nothing is finished");
  if (running_.empty()) return;
  const auto chosen = running_.begin() + dice_.roll(static_cast<std::uint32_t>(running_.size()));
  AttemptResult result;
  result.command = chosen->command;
  result.attempt = chosen->attempt;
  result.wall = std::chrono::duration_cast<Duration>(now_ - chosen->since);
  result.usage.peak_memory = dice_.roll(12);
  result.end = random_end();
  const std::pair asked{result.command, result.attempt};
  const bool was_cancelled =
      std::find(cancelled_.begin(), cancelled_.end(), asked) != cancelled_.end();
  if (was_cancelled && dice_.chance(80)) result.end = EndClass::cancelled;
  // Without a failed source there is nothing to look for.
  const bool looks = has_bad_data_source(number(result.command));
  if (result.end == EndClass::input_missing && !looks) result.end = EndClass::failed;
  running_.erase(chosen);
  ended_.push_back(result);
  Actions actions;
  scheduler_.on_attempt_ended(result, now_, actions);
  require(
      std::any_of(actions.settled.begin(), actions.settled.end(),
                  [&](const SettleAction& settled) { return settled.command == result.command; }),
      "an end settled nothing", result.command);
  carry_out(actions);
}

void Session::carry_out(const Actions& actions) {
  for (const SettleAction& settled : actions.settled) check_settled(settled);
  for (const StartAction& start : actions.start) check_started(start);
  for (const CancelAction& cancel : actions.cancel) {
    require(aborted_, "a cancel that nobody asked for", cancel.command);
    require(std::any_of(running_.begin(), running_.end(),
                        [&](const Running& running) {
                          return running.command == cancel.command &&
                                 running.attempt == cancel.attempt;
                        }),
            "a cancel of what does not run", cancel.command);
    cancelled_.emplace_back(cancel.command, cancel.attempt);
  }
  if (aborted_) {
    require(cancelled_.size() >= running_.size(), "an abort left an attempt running");
  }
  if (!actions.finished) return;
  require(!finished_, "finished twice");
  require(running_.empty(), "finished while something runs");
  finished_ = true;
}

void Session::check_settled(const SettleAction& settled) {
  const std::uint32_t command = number(settled.command);
  const CommandState before = states_[command];
  require(!is_terminal(before), "settled twice", settled.command);
  require(number(settled.attempt) == attempts_[command], "the wrong attempt", settled.command);
  const bool had_ended = !ended_.empty() && ended_.back().command == settled.command &&
                         ended_.back().attempt == settled.attempt;
  switch (settled.state) {
    case CommandState::held:
      require(jobs_.options.strict && before == CommandState::waiting, "held", settled.command);
      require(settled.incomplete.has_value(), "held without a reason", settled.command);
      break;
    case CommandState::not_reached:
      require(!settled.incomplete, "not reached, but incomplete", settled.command);
      break;
    default:
      require(before == CommandState::running && had_ended, "settled without an end",
              settled.command);
      require(settled.end == ended_.back().end, "settled with another end", settled.command);
  }
  if (settled.state == CommandState::done || settled.state == CommandState::failed ||
      settled.state == CommandState::skipped || settled.state == CommandState::held) {
    require(settled.incomplete == recount(command), "miscounted sources", settled.command);
  }
  require((settled.state == CommandState::done) ==
              (had_ended && before == CommandState::running && settled.end == EndClass::ok),
          "done is what ended ok", settled.command);
  states_[command] = settled.state;
  const bool failed = settled.state == CommandState::failed;
  const bool unsuccessful = failed || settled.state == CommandState::skipped;
  const auto failures = std::count(states_.begin() + 1, states_.end(), CommandState::failed);
  const bool halts = jobs_.options.halt_after > 0 && failures >= jobs_.options.halt_after;
  if ((failed && halts) || settled.end == EndClass::ended_shell ||
      settled.end == EndClass::cancelled ||
      (unsuccessful && nature_.set_e && jobs_.exits_on_error[command])) {
    stopped_ = true;
  }
}

void Session::check_started(const StartAction& start) {
  const std::uint32_t command = number(start.command);
  require(!stopped_, "started after the stop", start.command);
  require(!is_terminal(states_[command]), "started what is terminal", start.command);
  require(states_[command] != CommandState::running, "two attempts at once", start.command);
  require(number(start.attempt) == ++attempts_[command], "attempts out of order", start.command);
  for (const auto& edge : jobs_.predecessors[command]) {
    require(is_terminal_node(edge.from), "started before a predecessor", start.command);
  }
  require(start.check_inputs == has_bad_data_source(command), "whether to look", start.command);
  if (jobs_.options.strict) {
    require(!recount(command).has_value(), "started what should be held", start.command);
  }
  states_[command] = CommandState::running;
  running_.push_back({start.command, start.attempt, start.cpus, start.memory, now_});
}

void Session::check_room() {
  require(running_.size() <= jobs_.options.slots, "more than the slots");
  if (running_.size() < 2) return;
  double cpus = 0;
  std::uint64_t memory = 0;
  for (const Running& running : running_) {
    cpus += running.cpus;
    memory += running.memory;
  }
  require(cpus <= jobs_.options.cpus + 1e-9, "more than the cpus");
  require(jobs_.options.memory == 0 || memory <= jobs_.options.memory, "more than the memory");
}

void Session::check_counts() {
  Scheduler::Counts counted;
  counted.total = jobs_.commands;
  for (std::uint32_t command = 1; command <= jobs_.commands; ++command) {
    const CommandState state = scheduler_.state(CommandId{command});
    // What the actions do not tell: becoming ready, and not being reached.
    const bool silent = state == CommandState::ready || state == CommandState::not_reached;
    require(silent || state == states_[command], "state", CommandId{command});
    counted.waiting += state == CommandState::waiting ? 1 : 0;
    counted.ready += state == CommandState::ready ? 1 : 0;
    counted.running += state == CommandState::running ? 1 : 0;
    counted.done += state == CommandState::done ? 1 : 0;
    counted.failed += state == CommandState::failed ? 1 : 0;
    counted.skipped += state == CommandState::skipped ? 1 : 0;
    counted.held += state == CommandState::held ? 1 : 0;
    counted.not_reached += state == CommandState::not_reached ? 1 : 0;
  }
  require(counted == scheduler_.counts(), "counts");
  require(counted.running == running_.size(), "count of the running ones");
}

void Session::check_estimate() {
  const auto left = scheduler_.estimate_left(now_);
  if (left) require(left->count() >= 0, "a negative estimate");
}

void Session::check_end() {
  for (std::uint32_t command = 1; command <= jobs_.commands; ++command) {
    const CommandId id{command};
    const CommandState state = scheduler_.state(id);
    require(is_terminal(state), "not terminal in the end", id);
    require(!done_before_[command] || state == CommandState::done, "done no more", id);
    const bool untold = state == CommandState::not_reached && !is_terminal(states_[command]);
    require(untold || state == states_[command], "another state than told", id);
    require(!untold || states_[command] == CommandState::waiting, "a started one went untold", id);
    require(stopped_ || state != CommandState::not_reached, "not reached without a reason", id);
  }
}

bool Session::is_terminal_node(std::uint32_t node) const {
  if (node <= jobs_.commands) return is_terminal(states_[node]);
  const auto& sources = jobs_.predecessors[node];
  return std::all_of(sources.begin(), sources.end(),
                     [this](const auto& edge) { return is_terminal_node(edge.from); });
}

bool Session::has_bad_data_source(std::uint32_t command) const {
  const auto& sources = jobs_.predecessors[command];
  return std::any_of(sources.begin(), sources.end(), [this](const auto& edge) {
    return edge.kind == EdgeKind::data && states_[edge.from] != CommandState::done;
  });
}

std::optional<Incomplete> Session::recount(std::uint32_t command) const {
  std::vector<bool> met(jobs_.nodes + 1);
  std::vector<std::uint32_t> open{command};
  Incomplete count;
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    for (const auto& edge : jobs_.predecessors[node]) {
      if (edge.kind != EdgeKind::gather || met[edge.from]) continue;
      met[edge.from] = true;
      if (edge.from > jobs_.commands) {
        open.push_back(edge.from);
        continue;
      }
      ++count.total;
      if (states_[edge.from] == CommandState::done) ++count.succeeded;
    }
  }
  if (count.succeeded == count.total) return std::nullopt;
  return count;
}

Scheduler::Resume Session::resume() const {
  Scheduler::Resume resume;
  for (std::uint32_t command = 1; command <= jobs_.commands; ++command) {
    resume.done.push_back(states_[command] == CommandState::done);
    resume.attempts.push_back(attempts_[command]);
  }
  return resume;
}

void Session::require(bool holds, const std::string& what, CommandId command) {
  if (holds || !broken_.empty()) return;
  broken_ = what;
  if (command != CommandId::none) {
    broken_.append(": command ").append(std::to_string(number(command)));
  }
}

}  // namespace shoal::testing
