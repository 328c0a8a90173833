#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace shoal {

/// What is known of commands of one shape (see job/words.h).
struct ShapeStatistics {
  std::uint64_t count = 0;  // durations seen; 0 when only memory is known
  double mean_seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes, largest seen; 0: unknown
};

/// Durations and memory by command shape, from this run and earlier ones.
class ShapeHistory {
 public:
  /// A command of the shape ran to its end.
  void learn(std::uint64_t shape, Duration wall, std::uint64_t peak_memory);
  /// A command of the shape needed at least this much, but was stopped for it:
  /// its duration says nothing.
  void learn_memory(std::uint64_t shape, std::uint64_t peak_memory);

  /// nullptr for a shape never seen. Stays valid, and follows what is learnt,
  /// as long as the history.
  const ShapeStatistics* find(std::uint64_t shape) const;
  bool empty() const { return shapes_.empty(); }
  /// Mean over all commands of all shapes; for shapes never seen.
  std::optional<double> overall_mean_seconds() const;

  /// One JSON object a line, as it stands in `.shoal/history.jsonl`, in order
  /// of shape. A line that cannot be read is ignored: history is advice. Of
  /// two lines about one shape the later holds.
  std::string to_jsonl() const;
  static ShapeHistory from_jsonl(std::string_view text);

 private:
  void restore(std::uint64_t shape, const ShapeStatistics& statistics);

  std::unordered_map<std::uint64_t, ShapeStatistics> shapes_;
  double total_seconds_ = 0;
  std::uint64_t total_count_ = 0;
};

}  // namespace shoal
