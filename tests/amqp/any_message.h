#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "amqp/message.h"

// Messages with any content, for properties: to be used inside of them.

namespace shoal {

/// Bytes that are hard for JSON: quotes, controls, NUL, cut, overlong and whole UTF-8.
inline std::string any_bytes() {
  static const std::vector<std::string> kPieces = {"a",       "data/x.csv",
                                                   "\"",      "\\",
                                                   "\n",      "\r",
                                                   "\x01",    "\x7F",
                                                   "Zoë",     "\xC3",
                                                   "\xFF",    "\xED\xA0\x80",
                                                   "😀",       "\xF0\x9F",
                                                   "00",      "\xC0\x80",
                                                   "\\u0000", "\xF4\x90\x80\x80",
                                                   "ff",      std::string(1, '\0')};
  std::string text;
  for (const std::string& piece :
       *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces))) {
    text += piece;
  }
  return text;
}

inline std::vector<std::string> any_texts() {
  std::vector<std::string> all;
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) all.push_back(any_bytes());
  return all;
}

inline RunId any_run() {
  return RunId::make(*rc::gen::inRange<std::uint64_t>(0, 1ULL << 48U), "0123456789");
}
inline CommandId any_command() { return CommandId{*rc::gen::inRange(1U, ~0U)}; }
inline AttemptNumber any_attempt() { return AttemptNumber{*rc::gen::inRange(1U, ~0U)}; }
inline Duration any_duration() { return Duration(*rc::gen::arbitrary<std::int64_t>()); }
inline WallTime any_time() { return WallTime(any_duration()); }

inline AttemptSpec any_spec() {
  AttemptSpec spec;
  spec.command = any_command();
  spec.attempt = any_attempt();
  spec.text = any_bytes();
  spec.prelude = any_bytes();
  spec.snapshot_before = any_bytes();
  spec.shell = static_cast<ShellKind>(*rc::gen::inRange(0, 3));
  spec.snapshot = *rc::gen::arbitrary<bool>();
  spec.snapshot_file = any_bytes();
  if (*rc::gen::arbitrary<bool>()) spec.status_before = *rc::gen::arbitrary<int>();
  spec.snapshot_is_empty = *rc::gen::arbitrary<bool>();
  spec.ends_file = *rc::gen::arbitrary<bool>();
  spec.open_ended = *rc::gen::arbitrary<bool>();
  spec.required_inputs = any_texts();
  spec.inputs = any_texts();
  spec.hash_inputs = *rc::gen::arbitrary<bool>();
  spec.outputs = any_texts();
  spec.tolerated_folders = any_texts();
  spec.started_before = *rc::gen::arbitrary<bool>();
  spec.appended_before = *rc::gen::arbitrary<bool>();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    spec.cut_back.emplace_back(any_bytes(), *rc::gen::arbitrary<std::int64_t>());
  }
  spec.complete_if_zip = any_bytes();
  spec.leftovers = any_texts();
  spec.move_aside = any_texts();
  spec.aside_folder = any_bytes();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    spec.upload.files.push_back(
        {any_bytes(), static_cast<Extent>(*rc::gen::inRange(0, 3)), any_bytes()});
  }
  if (!spec.upload.empty()) {
    spec.upload.bucket = any_bytes();
    spec.upload.prefix = any_bytes();
    spec.upload.nothing_else = *rc::gen::arbitrary<bool>();
  }
  spec.timeout = any_duration();
  spec.grace = any_duration();
  spec.threads = *rc::gen::arbitrary<unsigned>();
  spec.may_start_warm = *rc::gen::arbitrary<bool>();
  spec.cpus = *rc::gen::inRange(1, 1000) / 7.0;
  spec.memory = *rc::gen::arbitrary<std::uint64_t>();
  return spec;
}

inline AttemptResult any_result() {
  AttemptResult result;
  result.command = any_command();
  result.attempt = any_attempt();
  result.end = static_cast<EndClass>(*rc::gen::inRange(0, 11));
  result.exit_code = *rc::gen::arbitrary<int>();
  result.signal = *rc::gen::arbitrary<int>();
  result.detail = any_bytes();
  result.started = any_time();
  result.wall = any_duration();
  result.usage = {any_duration(), any_duration(), *rc::gen::arbitrary<std::uint64_t>()};
  result.log = {SlotIndex{*rc::gen::arbitrary<std::uint32_t>()},
                *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()};
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    Fingerprint input{any_bytes(), *rc::gen::arbitrary<std::int64_t>(),
                      *rc::gen::arbitrary<std::int64_t>(), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) input.sha256 = any_bytes();
    result.inputs.push_back(std::move(input));
  }
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    result.uploads.push_back(
        {any_bytes(), any_bytes(), *rc::gen::arbitrary<std::uint64_t>(), any_bytes()});
  }
  result.only_upload = *rc::gen::arbitrary<bool>();
  return result;
}

inline TaskMessage any_task() {
  TaskMessage message{any_run(), any_bytes(), "default", {any_spec()}};
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) message.attempts.push_back(any_spec());
  return message;
}

inline ResultMessage any_results() {
  ResultMessage message{any_run(), any_bytes(), {any_result()}};
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) message.results.push_back(any_result());
  for (AttemptResult& result : message.results) result.worker = message.worker;
  return message;
}

inline RunAnnouncement any_announcement() {
  return {any_run(),   any_bytes(), {"default", "big"},          any_bytes(),
          any_bytes(), any_bytes(), *rc::gen::arbitrary<bool>(), any_duration()};
}

inline WorkerState any_worker() {
  WorkerState state;
  state.name = any_bytes();
  state.host = any_bytes();
  state.folder = any_bytes();
  state.slots = *rc::gen::arbitrary<std::uint32_t>();
  state.memory = *rc::gen::arbitrary<std::uint64_t>();
  if (*rc::gen::arbitrary<bool>()) state.classes = {"default", "large"};
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    state.running.push_back({any_run(), any_command(), any_attempt(), any_time(),
                             SlotIndex{*rc::gen::arbitrary<std::uint32_t>()},
                             *rc::gen::arbitrary<std::uint64_t>()});
  }
  state.version = any_bytes();
  state.last_seen = any_time();
  return state;
}

inline ControlMessage any_control() {
  ControlMessage message{any_run(), static_cast<ControlAction>(*rc::gen::inRange(0, 4))};
  if (message.action == ControlAction::cancel) {
    message.command = any_command();
    if (*rc::gen::arbitrary<bool>()) message.attempt = any_attempt();
  } else if (message.action == ControlAction::run || message.action == ControlAction::drop) {
    message.command = any_command();
    message.attempt = any_attempt();
    message.worker = any_bytes();
    message.question = *rc::gen::arbitrary<std::uint64_t>();
  }
  return message;
}

inline QuestionMessage any_question() {
  return {any_run(), any_bytes(), any_command(), any_attempt(),
          *rc::gen::arbitrary<std::uint64_t>()};
}

inline HeldMessage any_held() { return {any_run(), any_bytes(), any_command(), any_attempt()}; }

}  // namespace shoal
