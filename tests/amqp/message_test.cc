#include "amqp/message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "tests/amqp/any_message.h"

namespace shoal {
namespace {

using nlohmann::json;

const char* const kRun = "01J5Z6A8N3Q4R5S6T7V8W9X0YZ";

auto fields(const AttemptSpec& spec) {
  return std::tie(spec.command, spec.attempt, spec.text, spec.prelude, spec.snapshot_before,
                  spec.shell, spec.snapshot, spec.snapshot_file, spec.status_before,
                  spec.snapshot_is_empty, spec.ends_file, spec.open_ended, spec.required_inputs,
                  spec.inputs, spec.hash_inputs, spec.outputs, spec.tolerated_folders,
                  spec.started_before, spec.appended_before, spec.cut_back, spec.complete_if_zip,
                  spec.leftovers, spec.move_aside, spec.aside_folder, spec.timeout, spec.grace,
                  spec.threads, spec.may_start_warm, spec.cpus, spec.memory);
}

auto fields(const AttemptResult& result) {
  return std::tie(result.command, result.attempt, result.worker, result.end, result.exit_code,
                  result.signal, result.detail, result.started, result.wall, result.usage.user,
                  result.usage.system, result.usage.peak_memory, result.log.slot, result.log.begin,
                  result.log.end, result.inputs);
}

RC_GTEST_PROP(Message, ATaskComesBackWithEveryField, ()) {
  const TaskMessage sent = any_task();
  const auto got = decode_task(encode(sent));
  RC_ASSERT(got.has_value());
  RC_ASSERT(got->run == sent.run);
  RC_ASSERT(got->folder == sent.folder);
  RC_ASSERT(got->resource_class == sent.resource_class);
  RC_ASSERT(got->attempts.size() == sent.attempts.size());
  for (std::size_t i = 0; i < sent.attempts.size(); ++i) {
    RC_ASSERT(fields(got->attempts[i]) == fields(sent.attempts[i]));
  }
}

RC_GTEST_PROP(Message, AResultComesBackWithEveryField, ()) {
  const ResultMessage sent = any_results();
  const auto got = decode_result(encode(sent));
  RC_ASSERT(got.has_value());
  RC_ASSERT(got->run == sent.run);
  RC_ASSERT(got->worker == sent.worker);
  RC_ASSERT(got->results.size() == sent.results.size());
  for (std::size_t i = 0; i < sent.results.size(); ++i) {
    RC_ASSERT(fields(got->results[i]) == fields(sent.results[i]));
  }
}

RC_GTEST_PROP(Message, TheOthersComeBackToo, ()) {
  const RunAnnouncement run = any_announcement();
  const auto got_run = decode_run_announcement(encode(run));
  RC_ASSERT(got_run.has_value());
  RC_ASSERT(std::tie(got_run->run, got_run->folder, got_run->resource_classes, got_run->run_folder,
                     got_run->interpreter, got_run->script, got_run->snapshots,
                     got_run->lease_death) == std::tie(run.run, run.folder, run.resource_classes,
                                                       run.run_folder, run.interpreter, run.script,
                                                       run.snapshots, run.lease_death));

  const ControlMessage control = any_control();
  const auto got_control = decode_control(encode(control));
  RC_ASSERT(got_control.has_value());
  RC_ASSERT(std::tie(got_control->run, got_control->action, got_control->command,
                     got_control->attempt, got_control->worker, got_control->question) ==
            std::tie(control.run, control.action, control.command, control.attempt, control.worker,
                     control.question));

  const QuestionMessage question = any_question();
  const auto got_question = decode_question(encode(question));
  RC_ASSERT(got_question.has_value());
  RC_ASSERT(std::tie(got_question->run, got_question->worker, got_question->command,
                     got_question->attempt, got_question->question) ==
            std::tie(question.run, question.worker, question.command, question.attempt,
                     question.question));

  const HeldMessage held = any_held();
  const auto got_held = decode_held(encode(held));
  RC_ASSERT(got_held.has_value());
  RC_ASSERT(std::tie(got_held->run, got_held->worker, got_held->command, got_held->attempt) ==
            std::tie(held.run, held.worker, held.command, held.attempt));

  const WorkerState state = any_worker();
  const auto got_state = decode_worker_state(encode(state));
  RC_ASSERT(got_state.has_value());
  RC_ASSERT(std::tie(got_state->name, got_state->host, got_state->folder, got_state->slots,
                     got_state->memory, got_state->classes, got_state->version,
                     got_state->last_seen) == std::tie(state.name, state.host, state.folder,
                                                       state.slots, state.memory, state.classes,
                                                       state.version, state.last_seen));
  RC_ASSERT(got_state->running.size() == state.running.size());
  for (std::size_t i = 0; i < state.running.size(); ++i) {
    const auto& left = got_state->running[i];
    const auto& right = state.running[i];
    RC_ASSERT(std::tie(left.run, left.command, left.attempt, left.started, left.slot,
                       left.log_begin) == std::tie(right.run, right.command, right.attempt,
                                                   right.started, right.slot, right.log_begin));
  }
}

/// What every decoder makes of the bytes; none may crash, and what one takes
/// it must be able to write again.
void decode_as_everything(const std::string& bytes) {
  if (const auto message = decode_run_announcement(bytes)) {
    RC_ASSERT(decode_run_announcement(encode(*message)).has_value());
  }
  if (const auto message = decode_task(bytes)) {
    RC_ASSERT(decode_task(encode(*message)).has_value());
  }
  if (const auto message = decode_result(bytes)) {
    RC_ASSERT(decode_result(encode(*message)).has_value());
  }
  if (const auto message = decode_worker_state(bytes)) {
    RC_ASSERT(decode_worker_state(encode(*message)).has_value());
  }
  if (const auto message = decode_question(bytes)) {
    RC_ASSERT(decode_question(encode(*message)).has_value());
  }
  if (const auto message = decode_held(bytes)) {
    RC_ASSERT(decode_held(encode(*message)).has_value());
  }
  if (const auto message = decode_control(bytes)) {
    RC_ASSERT(decode_control(encode(*message)).has_value());
  }
}

std::string any_encoded() {
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return encode(any_announcement());
    case 1:
      return encode(any_task());
    case 2:
      return encode(any_results());
    case 3:
      return encode(any_worker());
    case 4:
      return encode(any_question());
    case 5:
      return encode(any_held());
    default:
      return encode(any_control());
  }
}

RC_GTEST_PROP(Message, MutatedBytesAreAnErrorAndNeverACrash, ()) {
  std::string bytes = any_encoded();
  for (int i = *rc::gen::inRange(1, 6); i > 0 && !bytes.empty(); --i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      case 1:
        bytes.erase(at, *rc::gen::inRange<std::size_t>(1, 20));
        break;
      case 2:
        bytes.insert(at, *rc::gen::element<std::string>("{", "}", "[", "]", "null", "-1", "1e400",
                                                        "\"", ",", ":", "99999999999999999999"));
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  decode_as_everything(bytes);
}

RC_GTEST_PROP(Message, AMemberThatIsMissingOrOfAnotherTypeIsAnErrorOrHasADefault, ()) {
  json message = json::parse(any_encoded());
  json* place = &message;
  for (const char* list : {"attempts", "results", "running"}) {
    if (message.contains(list) && !message[list].empty() && *rc::gen::arbitrary<bool>()) {
      place = &message[list][0];
    }
  }
  auto member = place->begin();
  std::advance(member,
               *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(place->size())));
  if (*rc::gen::arbitrary<bool>()) {
    place->erase(member);
  } else {
    *member =
        *rc::gen::element<json>(nullptr, true, -1, 0, 1.5, "text", json::array(), json::object(),
                                json::array({json::array()}), json::array({nullptr}));
  }
  decode_as_everything(message.dump());
}

json task() {
  return {{"v", 1},
          {"type", "shoal.task"},
          {"run", kRun},
          {"folder", "f"},
          {"class", "default"},
          {"attempts", {{{"command", 1}, {"attempt", 1}, {"text", "true"}}}}};
}

TEST(Message, ATaskOfNothingButWhatMustBeThereIsRead) {
  const auto message = decode_task(task().dump());
  ASSERT_TRUE(message) << message.error().sentence();
  AttemptSpec expected;
  expected.command = CommandId{1};
  expected.attempt = AttemptNumber{1};
  expected.text = "true";
  EXPECT_TRUE(fields(message->attempts[0]) == fields(expected));
}

TEST(Message, ATaskNeedsMoreThanNoProcessor) {
  for (const json& cpus : {json(0), json(-1), json(0.0), json("2"), json(nullptr)}) {
    json message = task();
    message["attempts"][0]["cpus"] = cpus;
    EXPECT_FALSE(decode_task(message.dump())) << cpus;
  }
  for (const json& cpus : {json(2), json(0.5)}) {
    json message = task();
    message["attempts"][0]["cpus"] = cpus;
    EXPECT_EQ(decode_task(message.dump())->attempts[0].cpus, cpus.get<double>());
  }
}

TEST(Message, UnknownMembersArePassedOver) {
  json message = task();
  message["colour"] = {{"deep", {1, 2}}};
  message["attempts"][0]["mood"] = "good";
  EXPECT_TRUE(decode_task(message.dump()));
}

TEST(Message, AnotherVersionOrTypeIsRefusedWithAReason) {
  json message = task();
  message["v"] = 2;
  EXPECT_EQ(decode_task(message.dump()).error().message,
            "the message has format 2, and this shoal reads format 1");
  message = task();
  message["type"] = "shoal.result";
  EXPECT_EQ(decode_task(message.dump()).error().message,
            "the message is a 'shoal.result' where a 'shoal.task' belongs");
}

TEST(Message, AMissingOrWronglyTypedMemberIsNamed) {
  const auto complaint = [](const json& message) {
    const auto decoded = decode_task(message.dump());
    return decoded ? "none" : decoded.error().message;
  };
  for (const char* key : {"v", "type", "run", "folder", "class", "attempts"}) {
    json message = task();
    message.erase(key);
    EXPECT_NE(complaint(message).find("\"" + std::string(key) + "\""), std::string::npos) << key;
    message[key] = {{"an", "object"}};
    EXPECT_NE(complaint(message).find("\"" + std::string(key) + "\""), std::string::npos) << key;
  }
  json message = task();
  message["attempts"].push_back({{"command", 0}, {"attempt", 1}, {"text", "true"}});
  EXPECT_EQ(complaint(message),
            "the message's member \"attempts[1].command\" is missing or cannot be read");
  message = task();
  message["attempts"] = json::array();
  EXPECT_NE(complaint(message), "none");
  message = task();
  message["class"] = "a.b";
  EXPECT_NE(complaint(message), "none");
  message = task();
  message["run"] = "short";
  EXPECT_NE(complaint(message), "none");
}

TEST(Message, BytesThatAreNoJsonAreAnError) {
  for (const std::string& bytes :
       {std::string(), std::string("{"), std::string("null"), std::string("[]"),
        std::string("\xFF\xFE"), std::string(1'000'000, '['), std::string(100, '\0')}) {
    EXPECT_EQ(decode_task(bytes).error().message, "the message is not a JSON object");
  }
}

TEST(Message, BytesThatAreNoUtf8AreEscapedAsTheJournalDoes) {
  TaskMessage message{RunId(kRun), "f", "default", {}};
  message.attempts.emplace_back();
  message.attempts[0].command = CommandId{1};
  message.attempts[0].attempt = AttemptNumber{1};
  message.attempts[0].text = "cat a\xFF";
  const std::string body = encode(message);
  EXPECT_NE(body.find(R"("text":"cat a\u0000ff")"), std::string::npos) << body;
}

TEST(Message, EveryKindHasItsOwnType) {
  EXPECT_EQ(message_type(RunAnnouncement{.run = RunId(kRun)}), "shoal.run");
  EXPECT_EQ(message_type(WorkerState{}), "shoal.worker");
  EXPECT_FALSE(decode_control(encode(WorkerState{})));
  EXPECT_FALSE(decode_worker_state(encode(ControlMessage{RunId(kRun), {}, {}, {}})));
}

}  // namespace
}  // namespace shoal
