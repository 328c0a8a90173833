#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/time.h"

namespace shoal {

/// What is known of commands of one shape (see job/words.h).
struct ShapeStatistics {
  std::uint64_t count = 0;
  double mean_seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes, largest seen
};

/// Durations and memory by command shape, from this run and earlier ones.
class ShapeHistory {
 public:
  void learn(std::uint64_t shape, Duration wall, std::uint64_t peak_memory);
  const ShapeStatistics* find(std::uint64_t shape) const;
  bool empty() const { return shapes_.empty(); }
  /// Mean over all shapes; for shapes never seen.
  std::optional<double> overall_mean_seconds() const;

  /// One JSON object a line, as it stands in `.shoal/history.jsonl`. A line
  /// that cannot be read is ignored: history is advice.
  std::string to_jsonl() const;
  static ShapeHistory from_jsonl(std::string_view text);

 private:
  std::unordered_map<std::uint64_t, ShapeStatistics> shapes_;
};

}  // namespace shoal
