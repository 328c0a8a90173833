#include "app/upload_choice.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "plan/glob.h"
#include "s3/upload_files.h"

namespace shoal {
namespace {

constexpr std::string_view kMetrics = "metrics";
constexpr std::string_view kAllOutputs = "all-outputs";
constexpr std::string_view kNone = "none";

std::string without_slashes_behind(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

Expected<UploadChoice> UploadChoice::make(const std::vector<std::string>& words, S3Target target) {
  UploadChoice choice;
  choice.target_ = std::move(target);
  for (const std::string& word : words) {
    if (word == kNone) {
      return input_error("--upload", "none stands beside other choices", "Use it alone");
    }
    if (word == kMetrics) {
      choice.metrics_ = true;
    } else if (word == kAllOutputs) {
      choice.all_ = true;
    } else if (!is_inside(word)) {
      return input_error("--upload", fmt::format("'{}' is no path below the working folder", word),
                         "Write a glob such as 'output/**/*.json', or metrics, all-outputs, none");
    } else {
      choice.globs_.push_back(word);
    }
  }
  return choice;
}

std::string UploadChoice::place() const {
  return target_.prefix.empty() ? fmt::format("s3://{}", target_.bucket)
                                : fmt::format("s3://{}/{}", target_.bucket, target_.prefix);
}

/// Whether a path is a file or a folder shows when it is there; then the glob
/// decides about each file.
void UploadChoice::add(const std::string& path, Extent extent, UploadSpec& spec) const {
  for (const std::string& glob : globs_) {
    const bool may_match = extent == Extent::glob || path == "." || path_matches(glob, path) ||
                           may_match_below(glob, path);
    if (may_match) spec.files.push_back({path, extent, glob});
  }
}

UploadSpec UploadChoice::spec_for(const Plan& plan, CommandId id) const {
  UploadSpec spec;
  const bool everything = all_ || (metrics_ && plan.kind(id) == kMetrics);
  for (const Access& access : plan.accesses(id)) {
    if (access.mode != AccessMode::write && access.mode != AccessMode::append) continue;
    const std::string path = plan.paths().text(access.path);
    if (access.extent != Extent::glob && !is_inside(path) && path != ".") continue;
    if (everything) {
      spec.files.push_back({path, access.extent, ""});
    } else {
      add(path, access.extent, spec);
    }
  }
  if (spec.files.empty()) return spec;
  spec.bucket = target_.bucket;
  spec.prefix = target_.prefix;
  return spec;
}

Expected<std::optional<UploadChoice>> choose_uploads(const std::vector<std::string>& words,
                                                     const std::string& prefix,
                                                     const S3Sources& sources) {
  const bool is_none = words.size() == 1 && words[0] == kNone;
  if (is_none || (words.empty() && !s3_is_configured(sources))) return std::nullopt;
  auto settings = read_s3_settings(sources);
  if (!settings) {
    Error error = settings.error();
    error.cure += ", or say --upload none";
    return tl::unexpected(std::move(error));
  }
  S3Target target = settings->target;
  if (!prefix.empty()) target.prefix = prefix;
  target.prefix = without_slashes_behind(std::move(target.prefix));
  auto choice = UploadChoice::make(
      words.empty() ? std::vector<std::string>{std::string(kMetrics)} : words, std::move(target));
  if (!choice) return tl::unexpected(choice.error());
  return std::optional<UploadChoice>(std::move(*choice));
}

S3Target target_of(const S3Target& given, bool prefix_is_given, const RunRecord* record,
                   WallTime created) {
  S3Target target = given;
  const OpenRecord* earlier = record == nullptr ? nullptr : record->last_upload_target();
  if (!prefix_is_given && earlier != nullptr) target.prefix = earlier->prefix;
  if (target.prefix.empty()) target.prefix = iso_time(created);
  return target;
}

std::string iso_time(WallTime time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const long minutes = local.tm_gmtoff / 60;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}{}{:02}:{:02}", local, minutes < 0 ? '-' : '+',
                     std::abs(minutes) / 60, std::abs(minutes) % 60);
}

}  // namespace shoal
