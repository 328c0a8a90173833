#include "s3/sender.h"

#include <algorithm>
#include <utility>

#include "exec/clock.h"
#include "s3/digest.h"
#include "s3/refusal.h"

namespace shoal {
namespace {

/// The server may find out what is wrong after it has begun to answer "200":
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
void unmask(S3Answer& answer) {
  if (answer.good() && answer.body.find("<Error>") != std::string::npos) answer.status = 500;
}

}  // namespace

RetryingSender::RetryingSender(S3Service service, RetryOptions options)
    : service_(std::move(service)), options_(options), transport_(service_, options.transport) {}

WallTime RetryingSender::signing_time() const { return wall_now() + options_.clock_offset; }

SendId RetryingSender::send(S3Request request, OnAnswer on_answer) {
  const SendId id{++last_id_};
  pending_.emplace(id, Pending{std::move(request), std::move(on_answer),
                               Backoff(options_.first_wait, options_.longest_wait,
                                       static_cast<std::uint32_t>(random_()))});
  ready_.push_back(id);
  return id;
}

void RetryingSender::drop(SendId id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  if (found->second.transfer != nullptr) transport_.stop(found->second.transfer);
  pending_.erase(found);
}

void RetryingSender::step() {
  transport_.perform();
  const Instant now = monotonic_now();
  while (!waiting_.empty() && waiting_.begin()->first <= now && transport_.has_room()) {
    const auto pending = pending_.find(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    if (pending != pending_.end()) start(pending->first, pending->second);
  }
  while (!ready_.empty() && transport_.has_room()) {
    const auto pending = pending_.find(ready_.front());
    ready_.pop_front();
    if (pending != pending_.end()) start(pending->first, pending->second);
  }
  transport_.perform();
}

void RetryingSender::start(SendId id, Pending& pending) {
  ++pending.tries;
  pending.transfer = transport_.start(pending.request, signing_time(), [this, id](S3Answer answer) {
    on_answer(id, std::move(answer));
  });
}

void RetryingSender::on_answer(SendId id, S3Answer answer) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  Pending& pending = found->second;
  pending.transfer = nullptr;
  unmask(answer);
  if (!answer.good() && may_pass(answer) && pending.tries < service_.most_tries) {
    const Duration wait =
        std::max(pending.backoff.next(), wait_asked_for(answer).value_or(Duration::zero()));
    waiting_.emplace(monotonic_now() + wait, id);
    return;
  }
  const OnAnswer told = std::move(pending.on_answer);
  pending_.erase(found);
  told(std::move(answer));
}

void RetryingSender::wait(Duration at_most) {
  if (!ready_.empty() && transport_.has_room()) return;
  if (!waiting_.empty()) {
    at_most = std::clamp(waiting_.begin()->first - monotonic_now(), Duration::zero(), at_most);
  }
  transport_.wait(at_most);
}

S3Answer ask(RetryingSender& sender, S3Request request) {
  constexpr Duration kLook = std::chrono::seconds(1);
  S3Answer answer;
  sender.send(std::move(request), [&](S3Answer given) { answer = std::move(given); });
  while (!sender.is_idle()) {
    sender.step();
    if (!sender.is_idle()) sender.wait(kLook);
  }
  return answer;
}

S3Request plain_request(std::string method, std::string bucket, std::string key) {
  S3Request request;
  request.method = std::move(method);
  request.bucket = std::move(bucket);
  request.key = std::move(key);
  request.body_sha256 = hex(sha256(""));
  return request;
}

}  // namespace shoal
