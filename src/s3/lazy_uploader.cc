#include "s3/lazy_uploader.h"

#include <utility>

namespace shoal {

Expected<Uploader*> LazyUploader::get() {
  if (error_) return tl::unexpected(*error_);
  if (uploader_) return uploader_.get();
  auto settings = read_s3_settings(sources_);
  if (!settings) {
    error_ = settings.error();
    return tl::unexpected(*error_);
  }
  uploader_ = std::make_unique<Uploader>(std::move(settings->service), options_);
  return uploader_.get();
}

}  // namespace shoal
