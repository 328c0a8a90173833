#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/error.h"
#include "s3/settings.h"
#include "s3/uploader.h"

namespace shoal {

/// The process's uploader, made when the first file is to be uploaded: a worker
/// need know nothing of S3 until then, and a process may fork before.
class LazyUploader {
 public:
  LazyUploader(S3Sources sources, UploaderOptions options)
      : sources_(std::move(sources)), options_(options) {}

  /// An error, always the same, when the environment does not say how to reach
  /// a server.
  Expected<Uploader*> get();

 private:
  S3Sources sources_;
  UploaderOptions options_;
  std::unique_ptr<Uploader> uploader_;
  std::optional<Error> error_;
};

}  // namespace shoal
