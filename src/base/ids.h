#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace shoal {

/// A command's 1-based number in its jobs file. 0 stands for no command.
enum class CommandId : std::uint32_t { none = 0 };

/// A vertex of a plan: a command (same number as its CommandId), or a virtual
/// join node with a number above the last command's.
enum class NodeId : std::uint32_t { none = 0 };

/// One execution of a command, numbered from 1 over the whole life of a run,
/// so that a resumed run goes on counting. 0 stands for "never started".
enum class AttemptNumber : std::uint32_t { none = 0 };

/// Room to run one command at a time, numbered from 0 within its executor.
enum class SlotIndex : std::uint32_t {};

constexpr std::uint32_t number(CommandId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t number(NodeId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t number(AttemptNumber attempt) {
  return static_cast<std::uint32_t>(attempt);
}
constexpr std::uint32_t number(SlotIndex slot) { return static_cast<std::uint32_t>(slot); }

constexpr NodeId node_of(CommandId id) { return NodeId{number(id)}; }
constexpr AttemptNumber next(AttemptNumber attempt) { return AttemptNumber{number(attempt) + 1}; }

/// The name of one execution of a plan: a ULID (26 characters of Crockford's
/// base 32, the first 10 the time in milliseconds), so that names sort by age.
class RunId {
 public:
  /// The text must be a valid ULID; see is_valid.
  explicit RunId(std::string text) : text_(std::move(text)) {}

  /// `unix_milliseconds` since 1970; `random` are 80 random bits in ten bytes.
  static RunId make(std::uint64_t unix_milliseconds, std::string_view random);
  static bool is_valid(std::string_view text);

  const std::string& text() const { return text_; }
  friend auto operator<=>(const RunId&, const RunId&) = default;

 private:
  std::string text_;
};

}  // namespace shoal
