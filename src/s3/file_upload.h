#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "journal/file_descriptor.h"
#include "s3/digest.h"
#include "s3/sender.h"

namespace shoal {

struct UploadOrder {
  std::string file;  // absolute, or relative to the process's folder
  std::string bucket;
  std::string key;  // any bytes but NUL
};

/// An object that is in the bucket, whole.
struct UploadedObject {
  std::string key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;      // of the whole file, in hex
  bool was_there = false;  // it had not to be sent
};

using UploadOutcome = Expected<UploadedObject>;

struct UploadLimits {
  /// Files above this go in parts of this size. S3 wants at least 5 MiB.
  std::uint64_t part_size = std::uint64_t{16} << 20U;
  std::size_t parts_at_once = 4;
};

/// One file on its way into a bucket. A small one goes in one request, which
/// asks the server to refuse it if the key is taken; a large one goes in parts.
/// Either is checked by the server against our SHA-256, and is not sent where
/// the bucket has it already.
///
/// The sums that S3 keeps: of an object from one request that of its bytes, of
/// one from parts that of the parts' sums, with "-" and their number behind it
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
class FileUpload {
 public:
  using OnEnd = std::function<void(UploadOutcome)>;

  /// `sender` must outlive it; `describe` makes an error of an answer that is
  /// no success.
  FileUpload(UploadOrder order, S3Sender& sender, UploadLimits limits,
             std::function<Error(const S3Answer&)> describe, OnEnd on_end);
  FileUpload(const FileUpload&) = delete;
  FileUpload& operator=(const FileUpload&) = delete;
  /// Stops it: parts that arrived are given up at the server.
  ~FileUpload();

  /// `on_end` is called once, maybe from inside; it must not destroy this.
  void begin();

 private:
  enum class IfTaken : std::uint8_t { refuse, replace };
  struct Part {
    Digest sum{};
    std::string tag;  // the server's name for it, from its answer
  };

  // Any file.
  void open();
  void start();
  bool has_changed() const;
  void start_over();
  void look(std::function<void()> if_absent);
  bool is_ours(const S3Answer& answer);
  std::optional<Digest> sum_of(std::uint64_t begin, std::uint64_t size, Sha256Stream* whole) const;
  std::optional<std::string> sum_in_parts();
  std::uint64_t part_count() const;
  std::uint64_t size_of_part(std::uint64_t index) const;
  S3Request request(std::string method) const;
  void send(S3Request request, std::function<void(S3Answer)> on_answer);
  void succeed(bool was_there);
  void give_up();
  void fail(Error error);
  void fail(const S3Answer& answer) { fail(describe_(answer)); }

  // In one request.
  void put(IfTaken if_taken);
  void on_put(const S3Answer& answer, IfTaken if_taken);

  // In parts (file_upload_parts.cc).
  void begin_parts();
  void on_begun(const S3Answer& answer);
  void send_parts();
  void send_part(std::uint64_t index);
  void on_part(std::uint64_t index, const S3Answer& answer);
  void complete();
  void on_completed(const S3Answer& answer);
  static void abort(S3Sender& sender, S3Request request, std::string upload_id);

  UploadOrder order_;
  S3Sender& sender_;
  UploadLimits limits_;
  std::function<Error(const S3Answer&)> describe_;
  OnEnd on_end_;

  FileDescriptor file_;
  std::uint64_t size_ = 0;
  std::int64_t modified_nanoseconds_ = 0;
  std::uint64_t part_size_ = 0;
  int starts_ = 0;  // it begins anew when the file changes
  std::string sha256_;
  std::set<SendId> sent_;  // and not answered
  bool ended_ = false;

  std::string upload_id_;  // of the parts; empty: none
  /// While the server is asked for that id: whom to tell, nobody when this has
  /// ended meanwhile. The answer is waited for all the same, to give it up.
  std::shared_ptr<FileUpload*> waits_for_parts_;
  std::vector<Part> parts_;
  std::uint64_t next_part_ = 0;
  std::uint64_t arrived_ = 0;
  std::optional<Sha256Stream> whole_;  // of the parts before next_part_
};

}  // namespace shoal
