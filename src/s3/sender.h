#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>

#include "base/backoff.h"
#include "base/time.h"
#include "s3/request.h"
#include "s3/transport.h"

namespace shoal {

/// A request that was handed to a sender. 0 stands for none.
enum class SendId : std::uint64_t { none = 0 };

/// Takes requests and answers each once, however often it has to be tried.
/// An interface, so that an upload can be tested against any server.
class S3Sender {
 public:
  using OnAnswer = std::function<void(S3Answer)>;
  virtual ~S3Sender() = default;
  /// `on_answer` gets the last answer, and is never called from inside.
  virtual SendId send(S3Request request, OnAnswer on_answer) = 0;
  /// Nobody wants the answer any more. Ids that are over are ignored.
  virtual void drop(SendId id) = 0;
};

struct RetryOptions {
  TransportOptions transport;
  Duration first_wait = std::chrono::milliseconds(200);
  Duration longest_wait = std::chrono::seconds(20);
  /// Added to this machine's clock where requests are signed.
  Duration clock_offset{0};
};

/// A sender over the network, that waits between tries longer and longer, each
/// time a little by chance. Belongs to one thread, but for wake.
class RetryingSender : public S3Sender {
 public:
  RetryingSender(S3Service service, RetryOptions options);

  SendId send(S3Request request, OnAnswer on_answer) override;
  void drop(SendId id) override;

  /// Starts what may start and answers what has come.
  void step();
  /// Until there may be something to do: an answer, a try that is due, wake.
  void wait(Duration at_most);
  /// From any thread.
  void wake() { transport_.wake(); }

  bool is_idle() const { return pending_.empty(); }
  const S3Service& service() const { return service_; }
  /// This machine's time as it is signed.
  WallTime signing_time() const;

 private:
  struct Pending {
    S3Request request;
    OnAnswer on_answer;
    Backoff backoff;
    std::uint32_t tries = 0;
    Instant due{};
    S3Transport::Transfer* transfer = nullptr;  // while it is tried
  };

  void start(SendId id, Pending& pending);
  void on_answer(SendId id, S3Answer answer);

  S3Service service_;
  RetryOptions options_;
  std::minstd_rand random_{std::random_device{}()};
  std::uint64_t last_id_ = 0;
  std::map<SendId, Pending> pending_;
  std::deque<SendId> ready_;                // never tried yet, in the order in which they came
  std::multimap<Instant, SendId> waiting_;  // for another try, by when it is due
  S3Transport transport_;                   // last: it knows of what is above
};

/// Sends one request, as often as it has to be tried, and waits for the answer.
S3Answer ask(RetryingSender& sender, S3Request request);

/// A request without a body.
S3Request plain_request(std::string method, std::string bucket, std::string key = {});

}  // namespace shoal
