#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace shoal {

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

/// The variables that a server of a test gets: a PATH, and its folder as HOME.
std::vector<std::string> own_environment(const std::string& home);

/// Makes the socket listen on a free port of the loopback interface: the port.
int listen_on(int socket);

/// A free TCP port of the loopback interface.
int free_port();

}  // namespace shoal
