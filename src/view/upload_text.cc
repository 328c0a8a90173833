#include "view/upload_text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace shoal {

std::string upload_text(const UploadCounts& counts) {
  if (!counts.any()) return "";
  std::string text = fmt::format("{} file{} ({}) uploaded", counts.files,
                                 counts.files == 1 ? "" : "s", human_bytes(counts.bytes));
  if (counts.under_way > 0) {
    text +=
        fmt::format(", {} command{} uploading", counts.under_way, counts.under_way == 1 ? "" : "s");
  }
  if (counts.failed > 0) text += fmt::format(", {} failed to upload", counts.failed);
  return text;
}

}  // namespace shoal
