#pragma once

#include <optional>
#include <string>

#include "app/upload_choice.h"
#include "base/error.h"
#include "journal/run_record.h"
#include "s3/lazy_uploader.h"
#include "view/upload_text.h"

namespace shoal {

/// What a run has uploaded, a JSON object a line in the order of the commands:
/// key, path, size, sha256 (hex), command, attempt. docs/s3.md is the contract.
std::string manifest_text(const RunRecord& record);

/// Files and bytes that are in the bucket, and commands whose files are not all.
UploadCounts count_uploads(const RunRecord& record);

/// Writes manifest.jsonl into the run's folder and uploads it under the prefix;
/// waits for that. Nothing happens when the run has uploaded nothing.
Expected<void> upload_manifest(const std::string& journal, const std::string& run_folder,
                               const S3Target& target, LazyUploader& uploader);

}  // namespace shoal
