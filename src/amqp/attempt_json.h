#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "amqp/message_reader.h"
#include "sched/attempt.h"

namespace shoal {

// Members of messages: docs/protocol.md lists them with their defaults, which
// are left out.

/// A list; see escaped_bytes.
nlohmann::json json_of(const std::vector<std::string>& texts);
nlohmann::json json_of(const AttemptSpec& spec);
nlohmann::json json_of(const AttemptResult& result);

/// What they return means nothing when the reader is not content afterwards.
AttemptSpec read_attempt_spec(MessageReader& reader);
AttemptResult read_attempt_result(MessageReader& reader);

}  // namespace shoal
