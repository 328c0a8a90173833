#include "amqp/task_ids.h"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "amqp/short_commands.h"

namespace shoal {
namespace {

constexpr std::size_t kLongestProperty = 255;  // bytes, of a short string of AMQP 0-9-1

/// Reads the number behind the sign; false where there is none.
bool read_behind(std::istringstream& words, char sign, std::uint32_t& number) {
  if (words.peek() != sign) return false;
  words.get();
  return static_cast<bool>(words >> number);
}

}  // namespace

bool TaskIds::add(TaskId task) {
  const bool follows = !text_.empty() && task.attempt == last_.attempt &&
                       number(task.command) == number(last_.command) + 1;
  const TaskId first = follows ? first_ : task;
  const std::size_t begin = follows || text_.empty() ? last_range_ : text_.size() + 1;
  std::string text = follows ? text_.substr(0, begin) : text_ + (text_.empty() ? "" : " ");
  text += follows ? fmt::format("{}-{}.{}", number(first.command), number(task.command),
                                number(task.attempt))
                  : fmt::format("{}.{}", number(task.command), number(task.attempt));
  if (text.size() > kLongestProperty) return false;
  text_ = std::move(text);
  last_range_ = begin;
  first_ = first;
  last_ = task;
  return true;
}

std::vector<TaskId> read_task_ids(const std::string& text) {
  std::vector<TaskId> ids;
  std::istringstream words(text);
  std::uint32_t first = 0;
  while (words >> first) {
    std::uint32_t last = first;
    std::uint32_t attempt = 0;
    if (words.peek() == '-' && !read_behind(words, '-', last)) break;
    if (!read_behind(words, '.', attempt)) break;
    if (last < first || last - first >= kMostTogether) break;
    for (std::uint32_t command = first; command <= last; ++command) {
      ids.push_back(TaskId{CommandId{command}, AttemptNumber{attempt}});
    }
  }
  return ids;
}

}  // namespace shoal
