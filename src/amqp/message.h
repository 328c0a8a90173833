#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "amqp/ids.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"
#include "sched/attempt.h"

namespace shoal {

/// The format of all message bodies. Members may be added within a version,
/// for readers pass over those that they do not know: docs/protocol.md.
inline constexpr int kProtocolVersion = 1;

/// A tasker says that its run wants workers: when it connects, and again every
/// few seconds.
struct RunAnnouncement {
  RunId run;
  /// Which folder the run works in, whatever path it has on each machine.
  std::string folder = {};
  std::vector<std::string> resource_classes = {};  // each has a queue of tasks
  /// The run's directory, relative to the work folder.
  std::string run_folder = {};
  std::string interpreter = {};  // the jobs file's #! line, for its shell; may be empty
  std::string script = {};       // what $0 is in commands
  bool snapshots = false;        // some line needs a shell that can write a snapshot
  /// A lease that did not change for so long is dead.
  Duration lease_death{0};
};

/// Attempts for one worker, one after the other.
struct TaskMessage {
  RunId run;
  std::string folder;
  std::string resource_class;
  std::vector<AttemptSpec> attempts;  // at least one
};

struct ResultMessage {
  RunId run;
  std::string worker;                  // its name, which travels for all results
  std::vector<AttemptResult> results;  // at least one
};

/// A worker holds the lease of a task that others may have run: may it?
struct QuestionMessage {
  RunId run;
  std::string worker;
  CommandId command{};
  AttemptNumber attempt{};
  std::uint64_t question = 0;  // the answer repeats it
};

/// A worker met another one's lease of the task, or lost its own, and gives the
/// task back to the tasker.
struct HeldMessage {
  RunId run;
  std::string worker;
  CommandId command{};
  AttemptNumber attempt{};
};

/// What a worker tells of itself, every few seconds.
struct WorkerState {
  struct Running {
    RunId run;
    CommandId command{};
    AttemptNumber attempt{};
    WallTime started{};
    SlotIndex slot{};
    std::uint64_t log_begin = 0;  // bytes; of its output, in the slot's log
  };
  std::string name;
  std::string host;
  std::string folder;  // as in the announcement of a run
  std::uint32_t slots = 0;
  std::uint64_t memory = 0;          // bytes for all its commands; 0: unknown
  std::vector<std::string> classes;  // whose tasks it takes; none: all
  std::vector<Running> running;
  std::string version;  // of its shoal
  WallTime last_seen{};
};

enum class ControlAction : std::uint8_t {
  cancel,    // end the attempt as cancelled
  finished,  // the run is over: forget it
  run,       // the answer to a worker's question: yes
  drop,      // no; somebody else did it, or nobody wants it any more
};

struct ControlMessage {
  RunId run;
  ControlAction action{};
  CommandId command{};         // of cancel and answers
  AttemptNumber attempt{};     // of these; none in a cancel: whichever runs
  std::string worker = {};     // of answers: whose question it was
  std::uint64_t question = 0;  // of answers
};

/// AMQP's property `type`, and the body's member of that name.
inline constexpr std::string_view kRunType = "shoal.run";
inline constexpr std::string_view kTaskType = "shoal.task";
inline constexpr std::string_view kResultType = "shoal.result";
inline constexpr std::string_view kQuestionType = "shoal.question";
inline constexpr std::string_view kHeldType = "shoal.held";
inline constexpr std::string_view kWorkerType = "shoal.worker";
inline constexpr std::string_view kControlType = "shoal.control";

/// The type of a message with such a body.
std::string_view message_type(const RunAnnouncement& message);
std::string_view message_type(const TaskMessage& message);
std::string_view message_type(const ResultMessage& message);
std::string_view message_type(const QuestionMessage& message);
std::string_view message_type(const HeldMessage& message);
std::string_view message_type(const WorkerState& message);
std::string_view message_type(const ControlMessage& message);

/// A JSON object. Texts may hold any bytes (escaped_bytes).
std::string encode(const RunAnnouncement& message);
std::string encode(const TaskMessage& message);
std::string encode(const ResultMessage& message);
std::string encode(const QuestionMessage& message);
std::string encode(const HeldMessage& message);
std::string encode(const WorkerState& message);
std::string encode(const ControlMessage& message);

/// Errors say what is wrong with the body; its place is the caller's to know.
Expected<RunAnnouncement> decode_run_announcement(std::string_view body);
Expected<TaskMessage> decode_task(std::string_view body);
Expected<ResultMessage> decode_result(std::string_view body);
Expected<QuestionMessage> decode_question(std::string_view body);
Expected<HeldMessage> decode_held(std::string_view body);
Expected<WorkerState> decode_worker_state(std::string_view body);
Expected<ControlMessage> decode_control(std::string_view body);

}  // namespace shoal
