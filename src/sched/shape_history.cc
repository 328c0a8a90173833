#include "sched/shape_history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

namespace shoal {
namespace {

// No machine has more; keeps sums and multiples of what is learnt in range.
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 56U;
constexpr std::uint64_t kMostCount = std::uint64_t{1} << 40U;
constexpr double kMostSeconds = 1e10;

// Sixteen hexadecimal digits: a JSON number of 64 bits would lose digits in jq.
std::string shape_text(std::uint64_t shape) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(shape));
  return digits.data();
}

std::optional<std::uint64_t> parse_shape(const std::string& text) {
  std::uint64_t shape = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, shape, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return shape;
}

struct ShapeLine {
  std::uint64_t shape = 0;
  ShapeStatistics statistics;
};

std::optional<ShapeLine> parse_line(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto shape = json.find("shape");
  const auto count = json.find("count");
  const auto mean = json.find("mean_seconds");
  const auto peak = json.find("peak_memory");
  if (shape == json.end() || !shape->is_string() ||           //
      count == json.end() || !count->is_number_unsigned() ||  //
      mean == json.end() || !mean->is_number() ||             //
      peak == json.end() || !peak->is_number_unsigned()) {
    return std::nullopt;
  }
  const auto number = parse_shape(shape->get_ref<const std::string&>());
  const ShapeStatistics statistics{count->get<std::uint64_t>(), mean->get<double>(),
                                   peak->get<std::uint64_t>()};
  if (!number || statistics.count > kMostCount || statistics.peak_memory > kMostMemory ||
      !(statistics.mean_seconds >= 0 && statistics.mean_seconds <= kMostSeconds)) {
    return std::nullopt;
  }
  return ShapeLine{*number, statistics};
}

}  // namespace

void ShapeHistory::learn(std::uint64_t shape, Duration wall, std::uint64_t peak_memory) {
  const double took = std::clamp(seconds(wall), 0.0, kMostSeconds);
  ShapeStatistics& known = shapes_[shape];
  ++known.count;
  known.mean_seconds += (took - known.mean_seconds) / static_cast<double>(known.count);
  known.peak_memory = std::max(known.peak_memory, std::min(peak_memory, kMostMemory));
  ++total_count_;
  total_seconds_ += took;
}

void ShapeHistory::learn_memory(std::uint64_t shape, std::uint64_t peak_memory) {
  if (peak_memory == 0) return;
  ShapeStatistics& known = shapes_[shape];
  known.peak_memory = std::max(known.peak_memory, std::min(peak_memory, kMostMemory));
}

const ShapeStatistics* ShapeHistory::find(std::uint64_t shape) const {
  const auto found = shapes_.find(shape);
  return found == shapes_.end() ? nullptr : &found->second;
}

std::optional<double> ShapeHistory::overall_mean_seconds() const {
  if (total_count_ == 0) return std::nullopt;
  return total_seconds_ / static_cast<double>(total_count_);
}

std::string ShapeHistory::to_jsonl() const {
  std::vector<std::uint64_t> shapes;
  shapes.reserve(shapes_.size());
  for (const auto& [shape, statistics] : shapes_) shapes.push_back(shape);
  std::sort(shapes.begin(), shapes.end());
  std::string text;
  for (const std::uint64_t shape : shapes) {
    const ShapeStatistics& statistics = shapes_.at(shape);
    const nlohmann::ordered_json line{{"shape", shape_text(shape)},
                                      {"count", statistics.count},
                                      {"mean_seconds", statistics.mean_seconds},
                                      {"peak_memory", statistics.peak_memory}};
    text += line.dump();
    text += '\n';
  }
  return text;
}

ShapeHistory ShapeHistory::from_jsonl(std::string_view text) {
  ShapeHistory history;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto line = parse_line(text.substr(0, end))) {
      history.restore(line->shape, line->statistics);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return history;
}

void ShapeHistory::restore(std::uint64_t shape, const ShapeStatistics& statistics) {
  ShapeStatistics& known = shapes_[shape];
  const auto weight = [](const ShapeStatistics& of) {
    return of.mean_seconds * static_cast<double>(of.count);
  };
  total_seconds_ += weight(statistics) - weight(known);
  total_count_ += statistics.count - known.count;
  known = statistics;
}

}  // namespace shoal
