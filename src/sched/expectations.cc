#include "sched/expectations.h"

#include <algorithm>
#include <utility>

namespace shoal {

Expectations::Expectations(std::uint32_t command_count, ShapeOf shape_of, ShapeHistory& history)
    : hash_of_(std::move(shape_of)),
      history_(history),
      indexes_(command_count, kNotFound),
      left_(command_count),
      unknown_left_(command_count) {}

double Expectations::typical_seconds() const {
  return history_.overall_mean_seconds().value_or(1.0);
}

Expectations::ShapeIndex Expectations::index_of(std::uint64_t hash) {
  const auto [place, is_new] = by_hash_.try_emplace(hash, static_cast<ShapeIndex>(shapes_.size()));
  if (is_new) {
    Shape& shape = shapes_.emplace_back();
    shape.hash = hash;
    const ShapeStatistics* statistics = history_.find(hash);
    shape.known = statistics != nullptr && statistics->count > 0;
    if (shape.known) shape.seconds = statistics->mean_seconds;
  }
  return place->second;
}

Expectations::Shape& Expectations::shape_of(CommandId command) {
  ShapeIndex& index = indexes_[number(command) - 1];
  if (index != kNotFound) return shapes_[index];
  index = index_of(hash_of_ ? hash_of_(command) : 0);
  Shape& shape = shapes_[index];
  ++shape.left;
  if (shape.known) {
    --unknown_left_;
    known_seconds_left_ += shape.seconds;
  }
  return shape;
}

void Expectations::find_shapes() {
  for (std::uint32_t at = 0; at < indexes_.size(); ++at) {
    if (indexes_[at] == kNotFound) shape_of(CommandId{at + 1});
  }
}

bool Expectations::knows(CommandId command) const {
  const ShapeIndex index = indexes_[number(command) - 1];
  return index < kRemoved && shapes_[index].known;
}

double Expectations::seconds(CommandId command) const {
  return knows(command) ? shapes_[indexes_[number(command) - 1]].seconds : typical_seconds();
}

std::uint64_t Expectations::peak_memory(CommandId command) {
  const ShapeStatistics* statistics = history_.find(shape_of(command).hash);
  return statistics == nullptr ? 0 : statistics->peak_memory;
}

void Expectations::learn(CommandId command, Duration wall, std::uint64_t peak_memory) {
  Shape& shape = shape_of(command);
  history_.learn(shape.hash, wall, peak_memory);
  const double mean = history_.find(shape.hash)->mean_seconds;
  if (shape.known) {
    known_seconds_left_ += shape.left * (mean - shape.seconds);
  } else {
    known_seconds_left_ += shape.left * mean;
    unknown_left_ -= shape.left;
  }
  shape.seconds = mean;
  shape.known = true;
}

void Expectations::learn_memory(CommandId command, std::uint64_t peak_memory) {
  history_.learn_memory(shape_of(command).hash, peak_memory);
}

void Expectations::remove(CommandId command) {
  ShapeIndex& index = indexes_[number(command) - 1];
  if (index != kNotFound && shapes_[index].known) {
    --shapes_[index].left;
    known_seconds_left_ -= shapes_[index].seconds;
  } else {
    if (index != kNotFound) --shapes_[index].left;
    --unknown_left_;
  }
  index = kRemoved;
  --left_;
}

double Expectations::seconds_left() const {
  return std::max(known_seconds_left_, 0.0) + unknown_left_ * typical_seconds();
}

}  // namespace shoal
