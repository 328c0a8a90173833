#include "app/manifest.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/text.h"

namespace shoal {
namespace {

constexpr const char* kName = "manifest.jsonl";

/// The commands that uploaded something, by number.
std::vector<const CommandRecord*> uploaded_commands(const RunRecord& record) {
  std::vector<const CommandRecord*> commands;
  for (const auto& [index, files] : record.uploads) commands.push_back(&record.commands[index]);
  std::sort(commands.begin(), commands.end(),
            [](const CommandRecord* a, const CommandRecord* b) { return a->command < b->command; });
  return commands;
}

const std::vector<UploadedFile>& files_of(const RunRecord& record, const CommandRecord& command) {
  return record.uploads.at(static_cast<std::uint32_t>(&command - record.commands.data()));
}

Expected<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return {};
  return infrastructure_error(path, "cannot write it", "Make room on the disk");
}

}  // namespace

std::string manifest_text(const RunRecord& record) {
  std::string text;
  for (const CommandRecord* command : uploaded_commands(record)) {
    for (const UploadedFile& file : files_of(record, *command)) {
      const nlohmann::ordered_json line = {{"key", escaped_bytes(file.key)},
                                           {"path", escaped_bytes(file.path)},
                                           {"size", file.size},
                                           {"sha256", file.sha256},
                                           {"command", number(command->command)},
                                           {"attempt", command->attempts}};
      text += line.dump() + "\n";
    }
  }
  return text;
}

UploadCounts count_uploads(const RunRecord& record) {
  UploadCounts counts;
  for (const auto& [index, files] : record.uploads) {
    counts.files += files.size();
    for (const UploadedFile& file : files) counts.bytes += file.size;
  }
  counts.failed = static_cast<std::uint32_t>(
      std::count_if(record.commands.begin(), record.commands.end(),
                    [](const CommandRecord& command) { return command.upload_left; }));
  return counts;
}

Expected<void> upload_manifest(const std::string& journal, const std::string& run_folder,
                               const S3Target& target, LazyUploader& uploader) {
  const auto record = read_run(journal);
  if (!record) return tl::unexpected(record.error());
  if (record->uploads.empty()) return {};
  const std::string path = run_folder + "/" + kName;
  if (auto written = write_file(path, manifest_text(*record)); !written) return written;
  const auto uploads = uploader.get();
  if (!uploads) return tl::unexpected(uploads.error());
  auto promise = std::make_shared<std::promise<UploadOutcome>>();
  auto coming = promise->get_future();
  (*uploads)->upload({path, target.bucket, target.prefix + "/" + kName},
                     [promise](UploadOutcome outcome) { promise->set_value(std::move(outcome)); });
  const UploadOutcome outcome = coming.get();
  if (!outcome) return tl::unexpected(outcome.error());
  return {};
}

}  // namespace shoal
