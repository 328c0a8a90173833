#include "amqp/confirm_window.h"

#include <utility>

namespace shoal {

void ConfirmWindow::mark_returned(const Returned& returned) {
  const auto found = waiting_.find(returned.sequence);
  if (found == waiting_.end()) return;
  found->second.returned = returned.text.empty() ? "it could not be routed" : returned.text;
}

void ConfirmWindow::settle(const Confirm& confirm, std::vector<LinkPublished>& outcomes) {
  const auto end = waiting_.upper_bound(confirm.sequence);
  const auto begin = confirm.multiple ? waiting_.begin() : waiting_.lower_bound(confirm.sequence);
  for (auto each = begin; each != end; ++each) {
    Waiting& waiting = each->second;
    if (!confirm.positive) {
      outcomes.push_back({waiting.id, PublishOutcome::refused, "the broker does not take it"});
    } else if (!waiting.returned.empty()) {
      outcomes.push_back({waiting.id, PublishOutcome::returned, std::move(waiting.returned)});
    } else {
      outcomes.push_back({waiting.id, PublishOutcome::confirmed, {}});
    }
  }
  waiting_.erase(begin, end);
}

void ConfirmWindow::abandon(const std::string& reason, std::vector<LinkPublished>& outcomes) {
  for (auto& [sequence, waiting] : waiting_) {
    if (waiting.returned.empty()) {
      outcomes.push_back({waiting.id, PublishOutcome::unconfirmed, reason});
    } else {
      outcomes.push_back({waiting.id, PublishOutcome::returned, std::move(waiting.returned)});
    }
  }
  waiting_.clear();
}

}  // namespace shoal
