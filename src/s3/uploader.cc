#include "s3/uploader.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "exec/clock.h"
#include "s3/refusal.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

/// Nothing but a wake, an answer or a try that is due needs attention.
constexpr Duration kLongWait = 60s;
/// For telling the server that parts are given up.
constexpr Duration kLongestGoodbye = 2s;

Error stopped(const UploadOrder& order) {
  return {ErrorKind::infrastructure, order.file, "the upload was stopped", ""};
}

}  // namespace

class Uploader::Thread {
 public:
  Thread(S3Service service, UploaderOptions options)
      : options_(options), sender_(std::move(service), options_.retry) {
    thread_ = std::thread([this] { run(); });
  }
  ~Thread() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    sender_.wake();
    thread_.join();
  }

  UploadId add(UploadOrder order, OnEnd on_end) {
    UploadId id{};
    {
      const std::lock_guard lock(mutex_);
      id = UploadId{++last_id_};
      orders_.push_back({id, std::move(order), std::move(on_end)});
    }
    sender_.wake();
    return id;
  }
  void cancel(UploadId id) {
    {
      const std::lock_guard lock(mutex_);
      cancelled_.push_back(id);
    }
    sender_.wake();
  }

 private:
  struct Order {
    UploadId id{};
    UploadOrder order;
    OnEnd on_end;
  };
  struct Active {
    UploadOrder order;
    OnEnd on_end;
    std::unique_ptr<FileUpload> upload;
  };

  void run() {
    while (take_orders()) {
      begin_next();
      sender_.step();
      forget_ended();
      const bool may_begin = !waiting_.empty() && active_.size() < options_.files_at_once;
      if (!may_begin) sender_.wait(kLongWait);
    }
    say_goodbye();
  }

  /// False: it is time to stop.
  bool take_orders() {
    std::vector<UploadId> cancelled;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      std::move(orders_.begin(), orders_.end(), std::back_inserter(waiting_));
      orders_.clear();
      cancelled.swap(cancelled_);
    }
    for (const UploadId id : cancelled) stop(id);
    return true;
  }

  void begin_next() {
    while (!waiting_.empty() && active_.size() < options_.files_at_once) {
      Order next = std::move(waiting_.front());
      waiting_.pop_front();
      auto upload = std::make_unique<FileUpload>(
          next.order, sender_, options_.limits,
          [this, bucket = next.order.bucket](const S3Answer& answer) {
            return refusal(answer, bucket, sender_.service(), sender_.signing_time());
          },
          [this, id = next.id](UploadOutcome outcome) { end(id, std::move(outcome)); });
      FileUpload& begun = *upload;
      active_.emplace(next.id,
                      Active{std::move(next.order), std::move(next.on_end), std::move(upload)});
      begun.begin();
    }
  }

  /// Called from inside the upload, which is therefore destroyed later.
  void end(UploadId id, UploadOutcome outcome) {
    ended_.push_back(id);
    active_.at(id).on_end(std::move(outcome));
  }
  void forget_ended() {
    for (const UploadId id : std::exchange(ended_, {})) active_.erase(id);
  }

  void stop(UploadId id) {
    if (const auto found = active_.find(id); found != active_.end()) {
      found->second.on_end(tl::unexpected(stopped(found->second.order)));
      active_.erase(found);
      return;
    }
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Order& order) { return order.id == id; });
    if (found == waiting_.end()) return;
    found->on_end(tl::unexpected(stopped(found->order)));
    waiting_.erase(found);
  }

  void say_goodbye() {
    active_.clear();
    const Instant end = monotonic_now() + kLongestGoodbye;
    while (!sender_.is_idle() && monotonic_now() < end) {
      sender_.step();
      sender_.wait(100ms);
    }
  }

  UploaderOptions options_;
  RetryingSender sender_;
  std::deque<Order> waiting_;
  std::map<UploadId, Active> active_;
  std::vector<UploadId> ended_;

  std::mutex mutex_;  // of what is below
  std::vector<Order> orders_;
  std::vector<UploadId> cancelled_;
  std::uint64_t last_id_ = 0;
  bool stopping_ = false;

  std::thread thread_;
};

Uploader::Uploader(S3Service service, UploaderOptions options)
    : thread_(std::make_unique<Thread>(std::move(service), options)) {}
Uploader::~Uploader() = default;

UploadId Uploader::upload(UploadOrder order, OnEnd on_end) {
  return thread_->add(std::move(order), std::move(on_end));
}
void Uploader::cancel(UploadId id) { thread_->cancel(id); }

}  // namespace shoal
