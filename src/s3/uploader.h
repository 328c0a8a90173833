#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "s3/file_upload.h"
#include "s3/sender.h"

namespace shoal {

/// An upload that was asked for. 0 stands for none.
enum class UploadId : std::uint64_t { none = 0 };

struct UploaderOptions {
  std::size_t files_at_once = 8;
  UploadLimits limits;
  RetryOptions retry;
};

/// Uploads files side by side, on a thread of its own, whatever the number of
/// files that wait. Memory: a buffer for each connection, and the names of the
/// files.
class Uploader {
 public:
  using OnEnd = std::function<void(UploadOutcome)>;

  Uploader(S3Service service, UploaderOptions options);
  Uploader(const Uploader&) = delete;
  Uploader& operator=(const Uploader&) = delete;
  /// Gives up what is under way: nothing is told of it any more.
  ~Uploader();

  /// Files begin in the order in which they were given. `on_end` is called
  /// once, on the uploader's thread.
  UploadId upload(UploadOrder order, OnEnd on_end);
  /// The upload ends with an error, soon, unless it has ended already.
  void cancel(UploadId id);

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace shoal
