#pragma once

#include <cstdint>
#include <string>

namespace shoal {

/// How far the uploads of a run are.
struct UploadCounts {
  std::uint64_t files = 0;      // that are there
  std::uint64_t bytes = 0;      // of these
  std::uint32_t under_way = 0;  // commands whose files are being uploaded
  std::uint32_t failed = 0;     // commands whose files are not all there

  bool any() const { return files > 0 || under_way > 0 || failed > 0; }
  friend bool operator==(const UploadCounts&, const UploadCounts&) = default;
};

/// "12 files (3.4 MiB) uploaded, 2 commands uploading, 1 failed to upload"; ""
/// when there was nothing to upload.
std::string upload_text(const UploadCounts& counts);

}  // namespace shoal
