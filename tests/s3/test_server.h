#pragma once

#include <memory>
#include <string>
#include <vector>

#include "s3/request.h"
#include "s3/sender.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace shoal {

/// Why there can be no S3 server here; empty when there can.
std::string why_no_s3_server();

// clang-format off
#define SHOAL_NEEDS_S3() \
  if (const std::string why = ::shoal::why_no_s3_server(); !why.empty()) GTEST_SKIP() << why
// clang-format on

/// A versitygw on a free port of the loopback interface, that keeps its objects
/// as files in a folder of its own and goes with its owner. It rejects wrong
/// signatures, old requests and wrong sums.
class TestS3Server {
 public:
  enum class Tls : bool { no, yes };
  explicit TestS3Server(Tls tls = Tls::no);

  /// How to reach it, with its keys.
  S3Service service() const;
  /// With what it had, and waits for it.
  void start();
  void kill() { server_.reset(); }

  void make_bucket(const std::string& name);
  /// The bytes of an object, as the server keeps them.
  std::string object(const std::string& bucket, const std::string& key) const;
  bool has_object(const std::string& bucket, const std::string& key) const;
  const TestCertificates& certificates() const { return certificates_; }

 private:
  TemporaryFolder folder_;
  TestCertificates certificates_;
  Tls tls_;
  int port_;
  std::unique_ptr<ChildProcess> server_;
};

/// Sends one request, as often as it has to be tried, and waits for the answer.
S3Answer ask(const S3Service& service, S3Request request);

}  // namespace shoal
