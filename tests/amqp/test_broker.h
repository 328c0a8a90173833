#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "amqp/broker_address.h"
#include "tests/support/temporary_folder.h"

namespace shoal {

/// Why there can be no broker here; empty when there can.
std::string why_no_broker();

// clang-format off
#define SHOAL_NEEDS_BROKER() \
  if (const std::string why = ::shoal::why_no_broker(); !why.empty()) GTEST_SKIP() << why
// clang-format on

/// Certificates of a private authority, made with openssl.
class TestCertificates {
 public:
  explicit TestCertificates(const TemporaryFolder& folder) : folder_(folder) {}
  /// Self-signed: `name`.pem and `name`.key.
  void make_authority(const std::string& name) const;
  /// Signed by an authority; `alternative` as in "DNS:localhost".
  void make(const std::string& name, const std::string& authority, const std::string& common_name,
            const std::string& alternative) const;
  std::string certificate(const std::string& name) const { return folder_ / (name + ".pem"); }
  std::string key(const std::string& name) const { return folder_ / (name + ".key"); }

 private:
  const TemporaryFolder& folder_;
};

/// A child process that does not outlive this one, however it ends.
class ChildProcess {
 public:
  /// Throws when it cannot be started. Both outputs go to the file `log`.
  ChildProcess(const std::vector<std::string>& words, const std::vector<std::string>& environment,
               const std::string& log);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { kill(); }

  bool is_running();
  void kill();  // SIGKILL, and waits
  int wait();   // the exit code; 128 + signal

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

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

/// A free TCP port of the loopback interface.
int free_port();

}  // namespace shoal
