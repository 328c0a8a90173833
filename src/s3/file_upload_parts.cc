#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "s3/file_upload.h"
#include "s3/refusal.h"

namespace shoal {
namespace {

constexpr int kNotFound = 404;

}  // namespace

void FileUpload::begin_parts() {
  S3Request made = request("POST");
  made.query.emplace_back("uploads", "");
  made.headers.emplace_back("x-amz-checksum-algorithm", "SHA256");
  made.headers.emplace_back("x-amz-checksum-type", "COMPOSITE");
  waits_for_parts_ = std::make_shared<FileUpload*>(this);
  sender_.send(std::move(made), [&sender = sender_, waits = waits_for_parts_,
                                 end = request("DELETE")](const S3Answer& answer) {
    if (*waits != nullptr) return (*waits)->on_begun(answer);
    const std::string id = answer.good() ? xml_value(answer.body, "UploadId") : "";
    if (!id.empty()) abort(sender, end, id);
  });
}

void FileUpload::on_begun(const S3Answer& answer) {
  waits_for_parts_ = nullptr;
  if (!answer.good()) return fail(answer);
  upload_id_ = xml_value(answer.body, "UploadId");
  if (upload_id_.empty()) return fail(answer);
  parts_.assign(part_count(), {});
  next_part_ = arrived_ = 0;
  whole_.emplace();
  send_parts();
}

void FileUpload::send_parts() {
  while (!ended_ && next_part_ < parts_.size() && sent_.size() < limits_.parts_at_once) {
    send_part(next_part_);
  }
}

void FileUpload::send_part(std::uint64_t index) {
  const std::uint64_t begin = index * part_size_;
  const auto sum = sum_of(begin, size_of_part(index), &*whole_);
  if (!sum) return start_over();
  ++next_part_;
  parts_[index].sum = *sum;
  S3Request made = request("PUT");
  made.query.emplace_back("partNumber", std::to_string(index + 1));
  made.query.emplace_back("uploadId", upload_id_);
  made.headers.emplace_back("x-amz-checksum-sha256", base64(*sum));
  made.body = FileRange{file_.get(), begin, size_of_part(index)};
  made.body_sha256 = hex(*sum);
  send(std::move(made), [this, index](const S3Answer& answer) { on_part(index, answer); });
}

void FileUpload::on_part(std::uint64_t index, const S3Answer& answer) {
  if (says_body_changed(answer)) return start_over();
  if (!answer.good()) return fail(answer);
  parts_[index].tag = answer.header("etag");
  if (++arrived_ < parts_.size()) return send_parts();
  if (has_changed()) return start_over();
  sha256_ = hex(whole_->finish());
  complete();
}

void FileUpload::complete() {
  std::string list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    fmt::format_to(std::back_inserter(list),
                   "<Part><ChecksumSHA256>{}</ChecksumSHA256><ETag>{}</ETag>"
                   "<PartNumber>{}</PartNumber></Part>",
                   base64(parts_[i].sum), xml_escaped(parts_[i].tag), i + 1);
  }
  list += "</CompleteMultipartUpload>";
  S3Request made = request("POST");
  made.query.emplace_back("uploadId", upload_id_);
  made.headers.emplace_back("x-amz-checksum-type", "COMPOSITE");
  made.body_sha256 = hex(sha256(list));
  made.body = std::move(list);
  made.is_answered_late = true;
  send(std::move(made), [this](const S3Answer& answer) { on_completed(answer); });
}

void FileUpload::on_completed(const S3Answer& answer) {
  if (answer.good()) {
    upload_id_.clear();
    return succeed(false);
  }
  // An earlier try may have come through, and only its answer was lost.
  if (answer.status == kNotFound && error_code(answer) == "NoSuchUpload") {
    upload_id_.clear();
    return look([this, answer] { fail(answer); });
  }
  fail(answer);
}

/// Parts that belong to no object cost their owner as much as an object.
void FileUpload::abort(S3Sender& sender, S3Request request, std::string upload_id) {
  request.query.emplace_back("uploadId", std::move(upload_id));
  sender.send(std::move(request), [](const S3Answer&) {});
}

}  // namespace shoal
