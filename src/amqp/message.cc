#include "amqp/message.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "amqp/attempt_json.h"
#include "amqp/message_reader.h"
#include "amqp/names.h"
#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<ControlAction, std::string_view>, 4> kActions = {
    {{ControlAction::cancel, "cancel"},
     {ControlAction::finished, "finished"},
     {ControlAction::run, "run"},
     {ControlAction::drop, "drop"}}};

bool is_answer(ControlAction action) {
  return action == ControlAction::run || action == ControlAction::drop;
}

std::uint64_t read_question(MessageReader& reader) {
  return reader.integer("question", 0, std::numeric_limits<std::uint64_t>::max());
}

std::string_view action_text(ControlAction action) {
  for (const auto& [each, text] : kActions) {
    if (each == action) return text;
  }
  return {};
}

json message_of(std::string_view type) { return {{"v", kProtocolVersion}, {"type", type}}; }

/// The body as JSON of this type and of a version that is understood.
Expected<json> parse(std::string_view body, std::string_view type) {
  json message = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) return infrastructure_error({}, "the message is not a JSON object");
  MessageReader reader(message);
  const std::int64_t version = reader.signed_integer("v");
  const std::string found = reader.text("type");
  if (!reader.is_content()) return tl::unexpected(reader.error());
  if (version != kProtocolVersion) {
    return infrastructure_error({},
                                fmt::format("the message has format {}, and this shoal reads "
                                            "format {}",
                                            version, kProtocolVersion),
                                "Let the tasker and its workers be of one version of shoal");
  }
  if (found != type) {
    return infrastructure_error(
        {}, fmt::format("the message is a '{}' where a '{}' belongs", valid_utf8(found), type));
  }
  return message;
}

/// The elements of a list of objects, each read by `read`.
template <class Element, class Read>
std::vector<Element> elements(MessageReader& reader, const char* key, Read read) {
  std::vector<Element> all;
  const json& list = reader.list(key);
  for (std::size_t i = 0; i < list.size() && reader.is_content(); ++i) {
    MessageReader inner(list[i], fmt::format("{}[{}].", key, i));
    all.push_back(read(inner));
    reader.take_complaint(inner);
  }
  return all;
}

std::string read_resource_class(MessageReader& reader, const char* key, const json& value) {
  std::string name = reader.text_of(value, key);
  if (!is_resource_class(name)) reader.complain(key);
  return name;
}

template <class Message>
Expected<Message> finished(const MessageReader& reader, Message message) {
  if (!reader.is_content()) return tl::unexpected(reader.error());
  return message;
}

}  // namespace

std::string_view message_type(const RunAnnouncement& /*message*/) { return kRunType; }
std::string_view message_type(const TaskMessage& /*message*/) { return kTaskType; }
std::string_view message_type(const ResultMessage& /*message*/) { return kResultType; }
std::string_view message_type(const QuestionMessage& /*message*/) { return kQuestionType; }
std::string_view message_type(const HeldMessage& /*message*/) { return kHeldType; }
std::string_view message_type(const WorkerState& /*message*/) { return kWorkerType; }
std::string_view message_type(const ControlMessage& /*message*/) { return kControlType; }

std::string encode(const RunAnnouncement& message) {
  json object = message_of(kRunType);
  object["run"] = message.run.text();
  object["folder"] = escaped_bytes(message.folder);
  object["classes"] = json::array();
  for (const std::string& name : message.resource_classes) {
    object["classes"].push_back(escaped_bytes(name));
  }
  object["run_folder"] = escaped_bytes(message.run_folder);
  if (!message.interpreter.empty()) object["interpreter"] = escaped_bytes(message.interpreter);
  if (!message.script.empty()) object["script"] = escaped_bytes(message.script);
  if (message.snapshots) object["snapshots"] = true;
  object["lease_death"] = message.lease_death.count();
  return object.dump();
}

Expected<RunAnnouncement> decode_run_announcement(std::string_view body) {
  const auto parsed = parse(body, kRunType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  RunAnnouncement message{.run = reader.run("run"), .folder = reader.text("folder")};
  for (const json& value : reader.list("classes")) {
    message.resource_classes.push_back(read_resource_class(reader, "classes", value));
  }
  message.run_folder = reader.text("run_folder");
  message.interpreter = reader.text_or_empty("interpreter");
  message.script = reader.text_or_empty("script");
  message.snapshots = reader.flag("snapshots");
  message.lease_death = reader.duration("lease_death");
  return finished(reader, std::move(message));
}

std::string encode(const TaskMessage& message) {
  json object = message_of(kTaskType);
  object["run"] = message.run.text();
  object["folder"] = escaped_bytes(message.folder);
  object["class"] = escaped_bytes(message.resource_class);
  object["attempts"] = json::array();
  for (const AttemptSpec& spec : message.attempts) object["attempts"].push_back(json_of(spec));
  return object.dump();
}

Expected<TaskMessage> decode_task(std::string_view body) {
  const auto parsed = parse(body, kTaskType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  TaskMessage message{reader.run("run"), reader.text("folder"), reader.text("class"), {}};
  if (!is_resource_class(message.resource_class)) reader.complain("class");
  message.attempts = elements<AttemptSpec>(reader, "attempts", read_attempt_spec);
  if (message.attempts.empty()) reader.complain("attempts");
  return finished(reader, std::move(message));
}

std::string encode(const ResultMessage& message) {
  json object = message_of(kResultType);
  object["run"] = message.run.text();
  object["worker"] = escaped_bytes(message.worker);
  object["results"] = json::array();
  for (const AttemptResult& result : message.results) object["results"].push_back(json_of(result));
  return object.dump();
}

Expected<ResultMessage> decode_result(std::string_view body) {
  const auto parsed = parse(body, kResultType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  ResultMessage message{reader.run("run"), reader.text("worker"), {}};
  message.results = elements<AttemptResult>(reader, "results", read_attempt_result);
  if (message.results.empty()) reader.complain("results");
  for (AttemptResult& result : message.results) result.worker = message.worker;
  return finished(reader, std::move(message));
}

std::string encode(const QuestionMessage& message) {
  json object = message_of(kQuestionType);
  object["run"] = message.run.text();
  object["worker"] = escaped_bytes(message.worker);
  object["command"] = number(message.command);
  object["attempt"] = number(message.attempt);
  object["question"] = message.question;
  return object.dump();
}

Expected<QuestionMessage> decode_question(std::string_view body) {
  const auto parsed = parse(body, kQuestionType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  QuestionMessage message{reader.run("run"), reader.text("worker"), reader.command("command"),
                          reader.attempt("attempt"), read_question(reader)};
  return finished(reader, std::move(message));
}

std::string encode(const HeldMessage& message) {
  json object = message_of(kHeldType);
  object["run"] = message.run.text();
  object["worker"] = escaped_bytes(message.worker);
  object["command"] = number(message.command);
  object["attempt"] = number(message.attempt);
  return object.dump();
}

Expected<HeldMessage> decode_held(std::string_view body) {
  const auto parsed = parse(body, kHeldType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  HeldMessage message{reader.run("run"), reader.text("worker"), reader.command("command"),
                      reader.attempt("attempt")};
  return finished(reader, std::move(message));
}

std::string encode(const WorkerState& message) {
  json object = message_of(kWorkerType);
  object["name"] = escaped_bytes(message.name);
  object["host"] = escaped_bytes(message.host);
  object["folder"] = escaped_bytes(message.folder);
  object["slots"] = message.slots;
  if (message.memory > 0) object["memory"] = message.memory;
  if (!message.classes.empty()) object["classes"] = message.classes;
  object["shoal"] = escaped_bytes(message.version);
  object["last_seen"] = message.last_seen.time_since_epoch().count();
  object["running"] = json::array();
  for (const WorkerState::Running& each : message.running) {
    object["running"].push_back({{"run", each.run.text()},
                                 {"command", number(each.command)},
                                 {"attempt", number(each.attempt)},
                                 {"started", each.started.time_since_epoch().count()},
                                 {"slot", number(each.slot)},
                                 {"log", each.log_begin}});
  }
  return object.dump();
}

Expected<WorkerState> decode_worker_state(std::string_view body) {
  const auto parsed = parse(body, kWorkerType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  WorkerState message;
  message.name = reader.text("name");
  message.host = reader.text("host");
  message.folder = reader.text("folder");
  message.slots = static_cast<std::uint32_t>(
      reader.integer("slots", 0, std::numeric_limits<std::uint32_t>::max()));
  if (reader.has("memory")) {
    message.memory = reader.integer("memory", 0, std::numeric_limits<std::uint64_t>::max());
  }
  for (const json& value : reader.list_or_empty("classes")) {
    message.classes.push_back(read_resource_class(reader, "classes", value));
  }
  message.version = reader.text("shoal");
  message.last_seen = reader.time("last_seen");
  message.running = elements<WorkerState::Running>(reader, "running", [](MessageReader& inner) {
    WorkerState::Running each{inner.run("run"), inner.command("command"), inner.attempt("attempt"),
                              inner.time("started")};
    each.slot = SlotIndex{static_cast<std::uint32_t>(
        inner.integer("slot", 0, std::numeric_limits<std::uint32_t>::max()))};
    each.log_begin = inner.integer("log", 0, std::numeric_limits<std::uint64_t>::max());
    return each;
  });
  return finished(reader, std::move(message));
}

std::string encode(const ControlMessage& message) {
  json object = message_of(kControlType);
  object["run"] = message.run.text();
  object["action"] = action_text(message.action);
  if (message.action == ControlAction::cancel) {
    object["command"] = number(message.command);
    if (message.attempt != AttemptNumber::none) object["attempt"] = number(message.attempt);
  } else if (is_answer(message.action)) {
    object["command"] = number(message.command);
    object["attempt"] = number(message.attempt);
    object["worker"] = escaped_bytes(message.worker);
    object["question"] = message.question;
  }
  return object.dump();
}

Expected<ControlMessage> decode_control(std::string_view body) {
  const auto parsed = parse(body, kControlType);
  if (!parsed) return tl::unexpected(parsed.error());
  MessageReader reader(*parsed);
  ControlMessage message{reader.run("run")};
  const std::string action = reader.text("action");
  bool known = false;
  for (const auto& [each, text] : kActions) {
    if (text != action) continue;
    message.action = each;
    known = true;
  }
  if (!known) reader.complain("action");
  if (message.action == ControlAction::cancel) {
    message.command = reader.command("command");
    if (reader.has("attempt")) message.attempt = reader.attempt("attempt");
  } else if (is_answer(message.action)) {
    message.command = reader.command("command");
    message.attempt = reader.attempt("attempt");
    message.worker = reader.text("worker");
    message.question = read_question(reader);
  }
  return finished(reader, std::move(message));
}

}  // namespace shoal
