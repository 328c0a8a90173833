#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "plan/graph.h"
#include "sched/attempt.h"
#include "sched/scheduler.h"
#include "sched/shape_history.h"

namespace shoal::testing {

/// What the scheduler asked of the host at one event, a line an action:
/// "start 3#1", "start 3#1 checking inputs", "done 3#1", "done 3#1 1/2",
/// "retry 3#1 lost", "held 3#0 1/2", "cancel 3#1", "finished". Tests compare
/// whole logs, so that an action too many is a failure.
using Log = std::vector<std::string>;

/// A run of a handful of commands, and what the scheduler made of it.
class RecordedRun {
 public:
  explicit RecordedRun(std::uint32_t commands) : commands_(commands) {}

  // The graph, before begin.
  RecordedRun& data(std::uint32_t from, std::uint32_t to) { return edge(from, to, EdgeKind::data); }
  RecordedRun& order(std::uint32_t from, std::uint32_t to) {
    return edge(from, to, EdgeKind::order);
  }
  /// A join of commands and earlier joins. With EdgeKind::order nothing flows.
  GraphBuilder::Handle join(const std::vector<std::uint32_t>& from,
                            const std::vector<GraphBuilder::Handle>& joins = {},
                            EdgeKind kind = EdgeKind::gather) {
    const auto join = builder_.add_join();
    for (const auto command : from) builder_.add_edge({command}, join, kind);
    for (const auto earlier : joins) builder_.add_edge(earlier, join, kind);
    return join;
  }
  RecordedRun& gather(GraphBuilder::Handle join, std::uint32_t to) {
    builder_.add_edge(join, {to}, EdgeKind::gather);
    return *this;
  }
  RecordedRun& order(GraphBuilder::Handle join, std::uint32_t to) {
    builder_.add_edge(join, {to}, EdgeKind::order);
    return *this;
  }
  Directives& directives(std::uint32_t command) { return directives_[command]; }

  SchedulerOptions options;
  Scheduler::Resume resume;
  ShapeHistory history;
  std::map<std::uint32_t, std::uint64_t> shapes;  // by command; 0 if absent
  std::map<std::uint32_t, bool> exits_on_error;   // by command
  Instant now{};

  // Events; each returns what it led to.
  Log begin() {
    Actions actions;
    scheduler().begin(now, actions);
    return log_of(actions);
  }
  Log ended(std::uint32_t command, EndClass end = EndClass::ok, std::uint64_t peak_memory = 0) {
    return ended(command, attempts_[command], end, peak_memory);
  }
  Log ended(std::uint32_t command, std::uint32_t attempt, EndClass end,
            std::uint64_t peak_memory = 0) {
    AttemptResult result;
    result.command = CommandId{command};
    result.attempt = AttemptNumber{attempt};
    result.end = end;
    result.usage.peak_memory = peak_memory;
    result.wall = std::chrono::duration_cast<Duration>(now - started_[command]);
    Actions actions;
    scheduler().on_attempt_ended(result, now, actions);
    return log_of(actions);
  }
  Log uploading(std::uint32_t command) {
    Actions actions;
    scheduler().on_uploading(CommandId{command}, AttemptNumber{attempts_[command]}, now, actions);
    return log_of(actions);
  }
  Log resize(std::uint32_t attempts, std::uint32_t slots) {
    Actions actions;
    scheduler().resize(attempts, slots, now, actions);
    return log_of(actions);
  }
  Log drain() {
    Actions actions;
    scheduler().drain(now, actions);
    return log_of(actions);
  }
  Log abort() {
    Actions actions;
    scheduler().abort(now, actions);
    return log_of(actions);
  }

  Scheduler& scheduler() {
    if (scheduler_) return *scheduler_;
    graph_ = *std::move(builder_).build(commands_);
    Workload workload;
    workload.graph = &graph_;
    workload.shape = [this](CommandId id) { return shapes[number(id)]; };
    workload.directives = [this](CommandId id) {
      const auto found = directives_.find(number(id));
      return found == directives_.end() ? nullptr : &found->second;
    };
    workload.exits_on_error = [this](CommandId id) { return exits_on_error[number(id)]; };
    scheduler_ = std::make_unique<Scheduler>(workload, history, options, resume);
    return *scheduler_;
  }
  CommandState state(std::uint32_t command) { return scheduler().state(CommandId{command}); }
  /// The start action that the command got last.
  const StartAction& last_start(std::uint32_t command) { return starts_[command]; }

 private:
  RecordedRun& edge(std::uint32_t from, std::uint32_t to, EdgeKind kind) {
    builder_.add_edge({from}, {to}, kind);
    return *this;
  }

  static std::string name(CommandId command, AttemptNumber attempt) {
    return std::to_string(number(command)).append("#").append(std::to_string(number(attempt)));
  }

  static std::string line_of(const SettleAction& settled) {
    static const std::map<CommandState, std::string> kWords{
        {CommandState::ready, "retry"},     {CommandState::done, "done"},
        {CommandState::failed, "failed"},   {CommandState::skipped, "skipped"},
        {CommandState::held, "held"},       {CommandState::not_reached, "not reached"},
        {CommandState::waiting, "WAITING"}, {CommandState::running, "RUNNING"}};
    std::string line = kWords.at(settled.state);
    line.append(" ").append(name(settled.command, settled.attempt));
    const bool obvious = settled.end == EndClass::ok || settled.end == EndClass::failed;
    if (!obvious) line.append(" ").append(end_class_text(settled.end));
    if (settled.incomplete) {
      line.append(" ").append(std::to_string(settled.incomplete->succeeded));
      line.append("/").append(std::to_string(settled.incomplete->total));
    }
    return line;
  }

  Log log_of(const Actions& actions) {
    Log log;
    for (const SettleAction& settled : actions.settled) log.push_back(line_of(settled));
    for (const StartAction& start : actions.start) {
      const std::uint32_t command = number(start.command);
      starts_[command] = start;
      attempts_[command] = number(start.attempt);
      started_[command] = now;
      log.emplace_back("start ").append(name(start.command, start.attempt));
      if (start.check_inputs) log.back().append(" checking inputs");
      if (start.only_upload) log.back().append(" only to upload");
    }
    for (const CancelAction& cancel : actions.cancel) {
      log.emplace_back("cancel ").append(name(cancel.command, cancel.attempt));
    }
    if (actions.finished) log.emplace_back("finished");
    return log;
  }

  std::uint32_t commands_;
  GraphBuilder builder_;
  Graph graph_;
  std::map<std::uint32_t, Directives> directives_;
  std::unique_ptr<Scheduler> scheduler_;
  std::map<std::uint32_t, StartAction> starts_;
  std::map<std::uint32_t, std::uint32_t> attempts_;
  std::map<std::uint32_t, Instant> started_;
};

}  // namespace shoal::testing
