#include "s3/file_upload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "journal/disk.h"
#include "s3/refusal.h"

namespace shoal {
namespace {

constexpr std::size_t kBlock = 128 * 1024;
/// A body up to this size is read once, into memory.
constexpr std::uint64_t kSmallBody = 128 * 1024;
/// S3's limit: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
constexpr std::uint64_t kMostParts = 10'000;
constexpr int kMostStarts = 3;

constexpr int kNotFound = 404;
constexpr int kForbidden = 403;
constexpr int kPreconditionFailed = 412;
constexpr int kNotImplemented = 501;

std::int64_t modified(const struct stat& status) {
  return status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
}

}  // namespace

FileUpload::FileUpload(UploadOrder order, S3Sender& sender, UploadLimits limits,
                       std::function<Error(const S3Answer&)> describe, OnEnd on_end)
    : order_(std::move(order)),
      sender_(sender),
      limits_(limits),
      describe_(std::move(describe)),
      on_end_(std::move(on_end)) {}

FileUpload::~FileUpload() {
  give_up();
}

void FileUpload::begin() {
  open();
  if (!ended_) start();
}

void FileUpload::open() {
  file_ = FileDescriptor(::open(order_.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file_ || ::fstat(file_.get(), &status) != 0) {
    return fail({ErrorKind::infrastructure, order_.file,
                 std::string("cannot be read: ") + std::strerror(errno), ""});
  }
  if (!S_ISREG(status.st_mode)) {
    return fail({ErrorKind::infrastructure, order_.file, "is no file, so it is not uploaded", ""});
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  modified_nanoseconds_ = modified(status);
  part_size_ = std::max(limits_.part_size, (size_ + kMostParts - 1) / kMostParts);
}

void FileUpload::start() {
  ++starts_;
  if (size_ <= limits_.part_size) return put(IfTaken::refuse);
  look([this] { begin_parts(); });
}

bool FileUpload::has_changed() const {
  struct stat status {};
  return ::fstat(file_.get(), &status) != 0 ||
         static_cast<std::uint64_t>(status.st_size) != size_ ||
         modified(status) != modified_nanoseconds_;
}

void FileUpload::start_over() {
  give_up();
  if (starts_ >= kMostStarts) {
    return fail({ErrorKind::infrastructure, order_.file, "it changes while it is uploaded",
                 "Upload it again when nothing writes to it"});
  }
  open();
  if (!ended_) start();
}

S3Request FileUpload::request(std::string method) const {
  return plain_request(std::move(method), order_.bucket, order_.key);
}

void FileUpload::send(S3Request request, std::function<void(S3Answer)> on_answer) {
  // The sender never answers from inside, so the id is known by then.
  const auto id = std::make_shared<SendId>(SendId::none);
  *id = sender_.send(std::move(request), [this, id, then = std::move(on_answer)](S3Answer answer) {
    sent_.erase(*id);
    then(std::move(answer));
  });
  sent_.insert(*id);
}

/// What is under way, and what has arrived of it.
void FileUpload::give_up() {
  for (const SendId id : std::exchange(sent_, {})) sender_.drop(id);
  if (waits_for_parts_) *std::exchange(waits_for_parts_, nullptr) = nullptr;
  if (!upload_id_.empty()) abort(sender_, request("DELETE"), std::exchange(upload_id_, {}));
}

void FileUpload::succeed(bool was_there) {
  ended_ = true;
  on_end_(UploadedObject{order_.key, size_, sha256_, was_there});
}

void FileUpload::fail(Error error) {
  ended_ = true;
  give_up();
  on_end_(tl::unexpected(std::move(error)));
}

/// nullopt when the file is shorter than it was, or cannot be read. What is
/// read is added to `whole`, too.
std::optional<Digest> FileUpload::sum_of(std::uint64_t begin, std::uint64_t size,
                                         Sha256Stream* whole) const {
  std::vector<char> block(std::min<std::uint64_t>(kBlock, std::max<std::uint64_t>(size, 1)));
  Sha256Stream sum;
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t wanted = std::min<std::uint64_t>(block.size(), size - done);
    const ssize_t got =
        read_at(file_.get(), block.data(), wanted, static_cast<off_t>(begin + done));
    if (got <= 0) return std::nullopt;
    const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    sum.add(bytes);
    if (whole != nullptr) whole->add(bytes);
    done += bytes.size();
  }
  return sum.finish();
}

std::uint64_t FileUpload::part_count() const { return (size_ + part_size_ - 1) / part_size_; }

std::uint64_t FileUpload::size_of_part(std::uint64_t index) const {
  return std::min(part_size_, size_ - index * part_size_);
}

/// As the server would give it; sets the sum of the whole, too.
std::optional<std::string> FileUpload::sum_in_parts() {
  Sha256Stream whole;
  Sha256Stream of_sums;
  for (std::uint64_t i = 0; i < part_count(); ++i) {
    const auto sum = sum_of(i * part_size_, size_of_part(i), &whole);
    if (!sum) return std::nullopt;
    of_sums.add(bytes_of(*sum));
  }
  sha256_ = hex(whole.finish());
  return fmt::format("{}-{}", base64(of_sums.finish()), part_count());
}

/// Whether the object that the answer to a HEAD describes holds our bytes.
bool FileUpload::is_ours(const S3Answer& answer) {
  const std::string sum = answer.header("x-amz-checksum-sha256");
  if (answer.header("content-length") != std::to_string(size_) || sum.empty()) return false;
  if (sum.find('-') != std::string::npos) {
    return size_ > limits_.part_size && sum_in_parts() == sum && !has_changed();
  }
  const auto own = sum_of(0, size_, nullptr);
  if (!own || base64(*own) != sum || has_changed()) return false;
  sha256_ = hex(*own);
  return true;
}

/// Looks whether the bucket has it. Who may only put objects is not told
/// ("403"), and then the upload shows what is wrong, if anything is.
void FileUpload::look(std::function<void()> if_absent) {
  S3Request head = request("HEAD");
  head.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
  send(std::move(head), [this, if_absent = std::move(if_absent)](const S3Answer& answer) {
    if (answer.good() && is_ours(answer)) return succeed(true);
    const bool may_go_on =
        answer.good() || answer.status == kNotFound || answer.status == kForbidden;
    return may_go_on ? if_absent() : fail(answer);
  });
}

void FileUpload::put(IfTaken if_taken) {
  S3Request made = request("PUT");
  std::optional<Digest> sum;
  if (size_ <= kSmallBody) {
    std::string bytes(size_, '\0');
    std::uint64_t got = 0;
    while (got < size_) {
      const ssize_t more =
          read_at(file_.get(), bytes.data() + got, size_ - got, static_cast<off_t>(got));
      if (more <= 0) return start_over();
      got += static_cast<std::uint64_t>(more);
    }
    sum = sha256(bytes);
    made.body = std::move(bytes);
  } else {
    sum = sum_of(0, size_, nullptr);
    if (!sum) return start_over();
    made.body = FileRange{file_.get(), 0, size_};
  }
  sha256_ = made.body_sha256 = hex(*sum);
  made.headers.emplace_back("x-amz-checksum-sha256", base64(*sum));
  if (if_taken == IfTaken::refuse) made.headers.emplace_back("if-none-match", "*");
  send(std::move(made), [this, if_taken](const S3Answer& answer) { on_put(answer, if_taken); });
}

void FileUpload::on_put(const S3Answer& answer, IfTaken if_taken) {
  if (answer.good()) return has_changed() ? start_over() : succeed(false);
  if (says_body_changed(answer)) return start_over();
  if (if_taken == IfTaken::refuse) {
    if (answer.status == kPreconditionFailed) return look([this] { put(IfTaken::replace); });
    // A server that knows no conditions.
    if (answer.status == kNotImplemented) return put(IfTaken::replace);
  }
  fail(answer);
}

}  // namespace shoal
