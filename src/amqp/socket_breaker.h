#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <utility>

namespace shoal {

/// Lets one thread end what another waits for on a socket: a broker under a
/// memory alarm can hold up a publish for as long as it likes.
class SocketBreaker {
 public:
  SocketBreaker() = default;
  SocketBreaker(const SocketBreaker&) = delete;
  SocketBreaker& operator=(const SocketBreaker&) = delete;
  ~SocketBreaker() { watch(-1); }

  /// The socket in use now; -1: none. Keeps a duplicate, so that the number
  /// stands for this socket whoever closes it.
  void watch(int socket) {
    const int duplicate = socket < 0 ? -1 : ::fcntl(socket, F_DUPFD_CLOEXEC, 3);
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) ::close(socket_);
    socket_ = duplicate;
    if (broken_) shut();
  }

  /// From now on, every socket that is watched is shut at once.
  void break_off() {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    shut();
  }

 private:
  void shut() const {
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }

  std::mutex mutex_;
  int socket_ = -1;
  bool broken_ = false;
};

}  // namespace shoal
