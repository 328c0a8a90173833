#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace shoal {

/// Calls fdatasync(2) on a file from a thread of its own, once for all requests
/// that came during the call before. The file must outlive it.
class BackgroundSync {
 public:
  explicit BackgroundSync(int descriptor) : descriptor_(descriptor) {}
  /// Finishes the call under way; requests not begun are dropped.
  ~BackgroundSync() = default;
  BackgroundSync(const BackgroundSync&) = delete;
  BackgroundSync& operator=(const BackgroundSync&) = delete;

  void request();
  /// Syncs on the calling thread. 0, or the errno of this or an earlier sync:
  /// after one has failed, nobody can say what is on the disk (fsync(2), EIO).
  int now();
  /// 0, or the errno of the first sync that failed.
  int error() const { return error_.load(std::memory_order_relaxed); }

 private:
  void run(const std::stop_token& stop);
  void sync_file();

  int descriptor_;
  std::atomic<int> error_ = 0;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool requested_ = false;  // guarded by mutex_
  std::jthread thread_;     // made by the first request
};

}  // namespace shoal
