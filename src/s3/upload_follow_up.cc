#include "s3/upload_follow_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>

#include "exec/clock.h"
#include "s3/upload_files.h"

namespace shoal {

UploadFollowUp::UploadFollowUp(asio::io_context& io, ExecutorEvents& events,
                               std::shared_ptr<LazyUploader> uploader,
                               UploadFollowUpOptions options)
    : io_(io), events_(events), uploader_(std::move(uploader)), options_(std::move(options)) {}

UploadFollowUp::~UploadFollowUp() {
  *alive_ = false;
  const auto uploader = active_.empty() ? Expected<Uploader*>(nullptr) : uploader_->get();
  if (!uploader || *uploader == nullptr) return;
  for (const auto& [key, upload] : active_) {
    for (const UploadId id : upload.files) (*uploader)->cancel(id);
  }
}

/// On the event loop's thread, and not after this is gone.
void UploadFollowUp::post(std::function<void()> what) {
  asio::post(io_, [alive = alive_, what = std::move(what)] {
    if (*alive) what();
  });
}

bool UploadFollowUp::admit(const AttemptSpec& spec) {
  if (spec.upload.empty()) return true;
  if (!spec.upload.nothing_else) {
    wanted_.insert_or_assign(Key{spec.command, spec.attempt}, spec.upload);
    return true;
  }
  AttemptResult result;
  result.command = spec.command;
  result.attempt = spec.attempt;
  result.started = wall_now();
  result.only_upload = true;
  post([this, result = std::move(result), upload = spec.upload] { take_up(result, upload); });
  return false;
}

void UploadFollowUp::on_ended(AttemptResult result) {
  auto wanted = wanted_.extract(Key{result.command, result.attempt});
  if (wanted.empty() || result.end != EndClass::ok) return events_.on_ended(std::move(result));
  take_up(std::move(result), std::move(wanted.mapped()));
}

void UploadFollowUp::take_up(AttemptResult result, UploadSpec spec) {
  Upload upload;
  upload.result = std::move(result);
  upload.spec = std::move(spec);
  if (active_.size() < options_.most_at_once) return begin(std::move(upload));
  waiting_.push_back(std::move(upload));
}

void UploadFollowUp::begin(Upload upload) {
  const Key key{upload.result.command, upload.result.attempt};
  const auto uploader = uploader_->get();
  const std::vector<std::string> paths = files_to_upload(upload.spec, options_.working_directory);
  if (!uploader && !paths.empty()) {
    upload.failed = paths.size();
    upload.first_error = uploader.error();
  }
  if (!uploader || paths.empty()) return end(std::move(upload));
  upload.left = paths.size();
  Upload& begun = active_.emplace(key, std::move(upload)).first->second;
  for (const std::string& path : paths) {
    const std::string& prefix = begun.spec.prefix;
    UploadOrder order{options_.working_directory + "/" + path, begun.spec.bucket,
                      prefix.empty() ? path : prefix + "/" + path};
    // From the uploader's thread, which outlives this only when nothing is told.
    const auto tell = [this, &io = io_, alive = alive_, key, path](UploadOutcome outcome) {
      asio::post(io, [this, alive, key, path, outcome = std::move(outcome)] {
        if (*alive) on_file(key, path, outcome);
      });
    };
    begun.files.push_back((*uploader)->upload(std::move(order), tell));
  }
  events_.on_uploading(key.first, key.second);
}

void UploadFollowUp::on_file(const Key& key, const std::string& path, UploadOutcome outcome) {
  const auto found = active_.find(key);
  if (found == active_.end()) return;
  Upload& upload = found->second;
  if (outcome) {
    upload.result.uploads.push_back({path, outcome->key, outcome->size, outcome->sha256});
  } else {
    ++upload.failed;
    if (!upload.first_error) upload.first_error = std::move(outcome.error());
  }
  if (--upload.left > 0) return;
  end(std::move(active_.extract(found).mapped()));
  begin_waiting();
}

void UploadFollowUp::end(Upload upload) {
  AttemptResult& result = upload.result;
  std::sort(result.uploads.begin(), result.uploads.end(),
            [](const UploadedFile& a, const UploadedFile& b) { return a.path < b.path; });
  if (upload.first_error) {
    result.end = EndClass::upload_failed;
    result.detail = upload.first_error->sentence();
    if (upload.failed > 1) result.detail += fmt::format(" ({} files)", upload.failed);
  }
  events_.on_ended(std::move(result));
}

void UploadFollowUp::begin_waiting() {
  while (!waiting_.empty() && active_.size() < options_.most_at_once) {
    Upload next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(next));
  }
}

bool UploadFollowUp::cancel(CommandId command, AttemptNumber attempt) {
  const Key key{command, attempt};
  if (const auto found = active_.find(key); found != active_.end()) {
    const auto uploader = uploader_->get();
    for (const UploadId id : found->second.files) (*uploader)->cancel(id);
    return true;
  }
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [&](const Upload& upload) {
    return Key{upload.result.command, upload.result.attempt} == key;
  });
  if (waiting == waiting_.end()) return false;
  Upload stopped = std::move(*waiting);
  waiting_.erase(waiting);
  stopped.first_error = Error{ErrorKind::infrastructure, "", "the upload was stopped", ""};
  post([this, stopped = std::move(stopped)] { end(stopped); });
  return true;
}

void UploadFollowUp::on_running(CommandId command, AttemptNumber attempt) {
  events_.on_running(command, attempt);
}
void UploadFollowUp::on_capacity(Capacity capacity) { events_.on_capacity(capacity); }
void UploadFollowUp::on_notice(std::string_view sentence) { events_.on_notice(sentence); }
void UploadFollowUp::on_broken(Error error) { events_.on_broken(std::move(error)); }
bool UploadFollowUp::make_durable() { return events_.make_durable(); }

}  // namespace shoal
