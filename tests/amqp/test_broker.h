#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "amqp/broker_address.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace shoal {

/// Why there can be no broker here; empty when there can.
std::string why_no_broker();

// clang-format off
#define SHOAL_NEEDS_BROKER() \
  if (const std::string why = ::shoal::why_no_broker(); !why.empty()) GTEST_SKIP() << why
// clang-format on

/// A rabbitmq-server of its own: its node, ports (of the loopback interface),
/// files, cookie and epmd are nobody else's. It goes with its owner.
///
/// Users: "me" (secret) may do everything in the vhosts "/" and "other",
/// "shoal" (secret) what docs/protocol.md asks for in "/", "limited" (secret)
/// nothing there, "worker" has no password, only a
/// certificate's name.
class TestBroker {
 public:
  struct Options {
    /// Deliveries must be acknowledged within it, checked every half second.
    std::optional<std::chrono::milliseconds> consumer_timeout;
  };
  explicit TestBroker(Options options);
  /// The one that the tests of a program share.
  static TestBroker& shared();

  BrokerAddress address() const;
  BrokerAddress tls_address() const;
  const TestCertificates& certificates() const { return certificates_; }

  /// Starts it again after kill, with what it had on disk, and waits for it.
  void start();
  void kill() { server_.reset(); }
  /// Runs rabbitmqctl; throws when it fails. What it printed.
  std::string control(std::vector<std::string> words);

 private:
  void write_configuration();
  std::vector<std::string> environment() const;
  void wait_until_ready();

  Options options_;
  TemporaryFolder folder_;
  TestCertificates certificates_;
  std::vector<int> ports_;  // AMQP, AMQP over TLS, Erlang distribution, epmd
  std::unique_ptr<ChildProcess> epmd_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace shoal
