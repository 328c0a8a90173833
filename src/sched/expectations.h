#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "sched/shape_history.h"

namespace shoal {

/// What each command is expected to take: the mean of its shape, else of all
/// commands, else one second. Keeps the sum over the commands that are left.
///
/// Asking for a command's shape hashes its text, so it happens once a command
/// and only when something depends on it.
class Expectations {
 public:
  using ShapeOf = std::function<std::uint64_t(CommandId)>;

  /// Without `shape_of` all commands are of one shape. `history` must outlive
  /// this and is learnt into; nobody else may change it meanwhile.
  Expectations(std::uint32_t command_count, ShapeOf shape_of, ShapeHistory& history);

  bool know_anything() const { return history_.overall_mean_seconds().has_value(); }
  /// Whether at least half of the commands that are left are of a known shape.
  bool know_most() const { return know_anything() && 2 * std::uint64_t{unknown_left_} <= left_; }
  bool knows(CommandId command) const;

  /// Finds the shape of every command that is left.
  void find_shapes();

  /// By the command's shape, if it was found already.
  double seconds(CommandId command) const;
  /// Seconds of a command of which nothing is known.
  double typical_seconds() const;
  /// Bytes, the most that a command of its shape was seen to use; 0: unknown.
  std::uint64_t peak_memory(CommandId command);

  void learn(CommandId command, Duration wall, std::uint64_t peak_memory);
  void learn_memory(CommandId command, std::uint64_t peak_memory);

  /// The command is not left any more; ask nothing about it afterwards.
  void remove(CommandId command);
  /// The expected seconds of all commands that are left, one after the other.
  double seconds_left() const;

 private:
  using ShapeIndex = std::uint32_t;
  static constexpr ShapeIndex kNotFound = 0xFFFFFFFF;
  static constexpr ShapeIndex kRemoved = 0xFFFFFFFE;

  struct Shape {
    std::uint64_t hash = 0;
    double seconds = 0;      // its share in known_seconds_left_ for each that is left
    bool known = false;      // `seconds` is learnt
    std::uint32_t left = 0;  // commands
  };

  Shape& shape_of(CommandId command);
  ShapeIndex index_of(std::uint64_t hash);

  ShapeOf hash_of_;
  ShapeHistory& history_;
  std::vector<ShapeIndex> indexes_;  // by command
  std::vector<Shape> shapes_;
  std::unordered_map<std::uint64_t, ShapeIndex> by_hash_;
  double known_seconds_left_ = 0;
  std::uint32_t left_ = 0;          // commands
  std::uint32_t unknown_left_ = 0;  // of them, those of no known shape
};

}  // namespace shoal
