#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "amqp/ids.h"

namespace shoal {

/// Which attempts a message holds, as AMQP's property `message_id` tells it,
/// where it can be read even if the body cannot: "3.1 17-66.1" stands for the
/// first attempts of command 3 and of the commands from 17 to 66.
class TaskIds {
 public:
  /// False, and nothing is added, where the text would be longer than the
  /// property can be (255 bytes).
  bool add(TaskId task);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t last_range_ = 0;  // where it begins in the text
  TaskId first_;                // of this range
  TaskId last_;
};

/// Passes over what it does not understand.
std::vector<TaskId> read_task_ids(const std::string& text);

}  // namespace shoal
