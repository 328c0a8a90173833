#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "amqp/link_events.h"

namespace shoal {

/// The publishes that a broker has been sent and has not answered, on one
/// opening of a channel. Each leaves it exactly once, with its outcome.
class ConfirmWindow {
 public:
  explicit ConfirmWindow(std::size_t limit) : limit_(limit) {}

  bool is_full() const { return waiting_.size() >= limit_; }
  bool is_empty() const { return waiting_.empty(); }

  void add(SequenceNumber sequence, PublishId id) { waiting_[sequence].id = id; }
  /// No queue got it; its confirm is still to come.
  void mark_returned(const Returned& returned);
  /// Appends the outcomes of those that the confirm is about.
  void settle(const Confirm& confirm, std::vector<LinkPublished>& outcomes);
  /// The channel is gone: nobody will ever answer.
  void abandon(const std::string& reason, std::vector<LinkPublished>& outcomes);

 private:
  struct Waiting {
    PublishId id{};
    std::string returned;  // why, when it was returned
  };
  std::size_t limit_;
  std::map<SequenceNumber, Waiting> waiting_;
};

}  // namespace shoal
