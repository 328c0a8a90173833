#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "app/broker_choice.h"
#include "app/doctor_checks.h"
#include "exec/clock.h"
#include "s3/digest.h"
#include "s3/refusal.h"
#include "s3/sender.h"

namespace shoal {
namespace {

constexpr std::uint32_t kTries = 2;

/// One bucket, as the environment says, and what was found of it.
class BucketCheck {
 public:
  BucketCheck(S3Settings settings, Findings& findings)
      : settings_(with_few_tries(std::move(settings))),
        sender_(settings_.service, {}),
        findings_(findings),
        key_(fmt::format("shoal-doctor/{}-{}", host_name(), ::getpid())),
        text_("shoal doctor " + key_ + "\n") {}

  void check() {
    if (!put()) return;
    get();
    remove();
  }

 private:
  static S3Settings with_few_tries(S3Settings settings) {
    settings.service.most_tries = std::min(settings.service.most_tries, kTries);
    return settings;
  }

  S3Answer ask(S3Request request) { return shoal::ask(sender_, std::move(request)); }
  S3Request request(std::string method) const {
    return plain_request(std::move(method), settings_.target.bucket, key_);
  }
  void refuse(std::string_view what, const S3Answer& answer) {
    const Error error = refusal(answer, settings_.target.bucket, settings_.service, wall_now());
    findings_.bad(fmt::format("{}: {}", what, error.sentence()));
  }

  bool put() {
    S3Request made = request("PUT");
    made.body = text_;
    made.body_sha256 = hex(sha256(text_));
    made.headers.emplace_back("x-amz-checksum-sha256", base64(sha256(text_)));
    const auto begin = std::chrono::steady_clock::now();
    const S3Answer answer = ask(std::move(made));
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    if (!answer.good()) {
      refuse("Putting an object failed", answer);
      return false;
    }
    findings_.good(fmt::format("The bucket {} at {} takes an object in {:.0f} ms.",
                               settings_.target.bucket, settings_.service.text(), time.count()));
    return true;
  }

  void get() {
    const S3Answer answer = ask(request("GET"));
    if (!answer.good()) return refuse("Getting it back failed", answer);
    if (answer.body != text_) return findings_.bad("What comes back is not what was put.");
    findings_.good("It comes back as it was.");
    S3Request head = request("HEAD");
    head.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
    if (ask(std::move(head)).header("x-amz-checksum-sha256") == base64(sha256(text_))) {
      findings_.good("The server keeps its SHA-256, so files that are there are not sent again.");
    } else {
      findings_.note("The server keeps no SHA-256: files that are there are sent again.");
    }
  }

  void remove() {
    const S3Answer answer = ask(request("DELETE"));
    if (answer.good()) return findings_.good("It can be deleted.");
    refuse("Deleting it failed, which shoal needs for nothing else", answer);
  }

  S3Settings settings_;
  RetryingSender sender_;
  Findings& findings_;
  std::string key_;
  std::string text_;
};

}  // namespace

void check_s3(Findings& findings) {
  auto settings = read_s3_settings(process_sources());
  if (!settings) return findings.bad(settings.error().sentence());
  BucketCheck(std::move(*settings), findings).check();
}

}  // namespace shoal
