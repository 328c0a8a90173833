#include "journal/background_sync.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace shoal {

void BackgroundSync::request() {
  {
    const std::lock_guard lock(mutex_);
    if (requested_) return;
    requested_ = true;
  }
  if (thread_.joinable()) {
    wake_.notify_one();
    return;
  }
  // The thread inherits the mask: signals are for the event loop's thread.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

int BackgroundSync::now() {
  sync_file();
  return error();
}

void BackgroundSync::run(const std::stop_token& stop) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return requested_; })) return;
      requested_ = false;
    }
    sync_file();
  }
}

void BackgroundSync::sync_file() {
  int result = 0;
  do {
    result = ::fdatasync(descriptor_);
  } while (result != 0 && errno == EINTR);
  // A file system that cannot sync (EINVAL, ENOSYS) makes no promise to break.
  if (result == 0 || errno == EINVAL || errno == ENOSYS) return;
  int none = 0;
  error_.compare_exchange_strong(none, errno);
}

}  // namespace shoal
