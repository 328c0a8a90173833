#include "journal/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// As GNU parallel counts: the exit value of a process that a signal killed is
/// 0, and one that did not do its work without either is -1.
int parallel_exit_value(const AttemptResult& result) {
  if (result.signal != 0) return 0;
  if (result.end != EndClass::ok && result.exit_code == 0) return -1;
  return result.end == EndClass::ok ? 0 : result.exit_code;
}

constexpr std::uint32_t kTaskersProcess = 1;

json metadata(std::string_view what, std::uint32_t process, std::uint32_t thread, json arguments) {
  return {{"name", what},
          {"ph", "M"},
          {"pid", process},
          {"tid", thread},
          {"args", std::move(arguments)}};
}

json trace_event(const EndRecord& attempt, std::uint32_t process, WallTime origin,
                 const std::string& text) {
  constexpr std::size_t kNameColumns = 80;
  const AttemptResult& result = attempt.result;
  json event = {{"name", one_line(text, kNameColumns)},
                {"cat", end_class_text(result.end)},
                {"ph", "X"},
                {"ts", (result.started - origin).count()},
                {"dur", result.wall.count()},
                {"pid", process},
                {"tid", number(result.log.slot)},
                {"args",
                 {{"command", number(result.command)},
                  {"attempt", number(result.attempt)},
                  {"class", end_class_text(result.end)},
                  {"exit", result.exit_code},
                  {"signal", result.signal},
                  {"user_seconds", seconds(result.usage.user)},
                  {"system_seconds", seconds(result.usage.system)},
                  {"peak_memory_bytes", result.usage.peak_memory},
                  {"text", text}}}};
  if (result.end != EndClass::ok) event["cname"] = "terrible";  // red
  return event;
}

}  // namespace

std::string joblog(const RunRecord& record, const std::function<std::string(CommandId)>& text_of) {
  std::string log = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
  for (const EndRecord& attempt : record.attempts) {
    const AttemptResult& result = attempt.result;
    std::string text = text_of(result.command);
    std::replace(text.begin(), text.end(), '\n', '\0');  // so does parallel, and reads it back
    fmt::format_to(std::back_inserter(log), "{}\t{}\t{:.3f}\t{:10.3f}\t0\t{}\t{}\t{}\t{}\n",
                   number(result.command), result.worker.empty() ? ":" : result.worker,
                   seconds(result.started.time_since_epoch()), seconds(result.wall),
                   result.log.end - result.log.begin, parallel_exit_value(result), result.signal,
                   text);
  }
  return log;
}

std::string chrome_trace(const RunRecord& record,
                         const std::function<std::string(CommandId)>& text_of) {
  std::string trace = R"({"displayTimeUnit":"ms","traceEvents":[)"
                      "\n";
  trace += dumped(metadata("process_name", kTaskersProcess, 0,
                           {{"name", "shoal run " + record.header.run_id}}));
  std::map<std::string_view, std::uint32_t> processes{{"", kTaskersProcess}};  // by worker
  std::set<std::pair<std::uint32_t, std::uint32_t>> slots;                     // of processes
  for (const EndRecord& attempt : record.attempts) {
    const AttemptResult& result = attempt.result;
    const auto next = kTaskersProcess + static_cast<std::uint32_t>(processes.size());
    const auto [process, is_new] = processes.try_emplace(result.worker, next);
    slots.emplace(process->second, number(result.log.slot));
    if (!is_new) continue;
    trace += ",\n" + dumped(metadata("process_name", next, 0, {{"name", result.worker}}));
  }
  for (const auto& [process, slot] : slots) {
    trace += ",\n" + dumped(metadata("thread_name", process, slot,
                                     {{"name", fmt::format("slot {}", slot)}}));
    trace += ",\n" + dumped(metadata("thread_sort_index", process, slot, {{"sort_index", slot}}));
  }
  for (const EndRecord& attempt : record.attempts) {
    trace += ",\n";
    trace += dumped(trace_event(attempt, processes.at(attempt.result.worker), record.header.created,
                                text_of(attempt.result.command)));
  }
  return trace + "\n]}\n";
}

}  // namespace shoal
