#include "s3/file_upload.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

/// Keeps requests until the test answers them.
class FakeSender : public S3Sender {
 public:
  SendId send(S3Request request, OnAnswer on_answer) override {
    const SendId id{++last_};
    requests_.emplace(id, std::pair(std::move(request), std::move(on_answer)));
    return id;
  }
  void drop(SendId id) override { requests_.erase(id); }

  /// "PUT", or "POST uploads", of the oldest request that waits; "" for none.
  std::string next() const {
    if (requests_.empty()) return "";
    const S3Request& request = requests_.begin()->second.first;
    std::string text = request.method;
    for (const auto& [name, value] : request.query) text += " " + name;
    return text;
  }
  const S3Request& request() const { return requests_.begin()->second.first; }
  std::string header(const std::string& name) const {
    for (const auto& [each, value] : request().headers) {
      if (each == name) return value;
    }
    return "";
  }
  void answer(int status, std::string body = {}, std::map<std::string, std::string> headers = {}) {
    auto taken = requests_.extract(requests_.begin());
    S3Answer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.headers = std::move(headers);
    taken.mapped().second(std::move(answer));
  }
  std::size_t waiting() const { return requests_.size(); }

 private:
  std::uint64_t last_ = 0;
  std::map<SendId, std::pair<S3Request, OnAnswer>> requests_;
};

std::string error_body(const std::string& code) {
  return "<Error><Code>" + code + "</Code></Error>";
}

class FileUploadTest : public ::testing::Test {
 protected:
  void begin(const std::string& text) { begin_file(folder_.write("file", text)); }
  void begin_file(const std::string& path) {
    UploadLimits limits;
    limits.part_size = 10;
    limits.parts_at_once = 2;
    upload_.emplace(
        UploadOrder{path, "bucket", "key"}, sender_, limits,
        [](const S3Answer& answer) {
          return Error{ErrorKind::infrastructure, "", "refused " + std::to_string(answer.status),
                       ""};
        },
        [this](UploadOutcome outcome) { outcome_ = std::move(outcome); });
    upload_->begin();
  }
  /// The sum of 25 bytes in parts of 10.
  static std::string sum_in_parts(const std::string& text) {
    std::string sums;
    for (std::size_t at = 0; at < text.size(); at += 10) {
      sums += bytes_of(sha256(text.substr(at, 10)));
    }
    return base64(sha256(sums)) + "-3";
  }
  void begin_three_parts() {
    begin(kLarge);
    sender_.answer(404);
    sender_.answer(200, "<UploadId>id&amp;1</UploadId>");
  }
  std::string complaint() const {
    if (!outcome_) return "it goes on";
    return *outcome_ ? "it was uploaded" : outcome_->error().sentence();
  }
  bool was_there() const { return outcome_.value()->was_there; }

  static inline const std::string kLarge = "0123456789abcdefghijKLMNO";
  TemporaryFolder folder_;
  FakeSender sender_;
  std::optional<UploadOutcome> outcome_;
  std::optional<FileUpload> upload_;
};

TEST_F(FileUploadTest, ASmallFileIsOneRequestThatIsRefusedWhereTheKeyIsTaken) {
  begin("text");
  EXPECT_EQ(sender_.next(), "PUT");
  EXPECT_EQ(sender_.header("if-none-match"), "*");
  EXPECT_EQ(sender_.header("x-amz-checksum-sha256"), base64(sha256("text")));
  EXPECT_EQ(sender_.request().body_sha256, hex(sha256("text")));
  sender_.answer(200);
  EXPECT_EQ(complaint(), "it was uploaded");
  EXPECT_FALSE(was_there());
}

TEST_F(FileUploadTest, AKeyThatHoldsTheSameBytesIsLeftAlone) {
  begin("text");
  sender_.answer(412);
  EXPECT_EQ(sender_.next(), "HEAD");
  EXPECT_EQ(sender_.header("x-amz-checksum-mode"), "ENABLED");
  sender_.answer(200, "",
                 {{"content-length", "4"}, {"x-amz-checksum-sha256", base64(sha256("text"))}});
  EXPECT_EQ(complaint(), "it was uploaded");
  EXPECT_TRUE(was_there());
}

TEST_F(FileUploadTest, AKeyThatHoldsOtherBytesIsReplaced) {
  begin("text");
  sender_.answer(412);
  sender_.answer(200, "",
                 {{"content-length", "4"}, {"x-amz-checksum-sha256", base64(sha256("tent"))}});
  EXPECT_EQ(sender_.next(), "PUT");
  EXPECT_EQ(sender_.header("if-none-match"), "");
  sender_.answer(200);
  EXPECT_EQ(complaint(), "it was uploaded");
  EXPECT_FALSE(was_there());
}

TEST_F(FileUploadTest, AServerThatKnowsNoConditionsGetsAPlainPut) {
  begin("text");
  sender_.answer(501, error_body("NotImplemented"));
  EXPECT_EQ(sender_.next(), "PUT");
  EXPECT_EQ(sender_.header("if-none-match"), "");
}

TEST_F(FileUploadTest, AFileThatChangedOnTheWayIsSentAnewButNotForEver) {
  begin("text");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(sender_.next(), "PUT");
    sender_.answer(400, error_body("BadDigest"));
  }
  EXPECT_EQ(complaint(), "it goes on");
  sender_.answer(400, error_body("BadDigest"));
  EXPECT_NE(complaint().find("it changes while it is uploaded"), std::string::npos) << complaint();
}

TEST_F(FileUploadTest, AFileThatWasReplacedAfterItsAnswerIsSentAnew) {
  begin("text");
  folder_.write("file", "other text");
  sender_.answer(200);
  EXPECT_EQ(sender_.next(), "PUT");
  EXPECT_EQ(sender_.request().body_sha256, hex(sha256("other text")));
}

TEST_F(FileUploadTest, ALargeFileGoesInPartsAFewAtOnce) {
  begin_three_parts();
  EXPECT_EQ(sender_.waiting(), 2U);
  EXPECT_EQ(sender_.next(), "PUT partNumber uploadId");
  EXPECT_EQ(sender_.request().query[1].second, "id&1");
  for (int i = 0; i < 3; ++i) {
    sender_.answer(200, "", {{"etag", "\"tag" + std::to_string(i) + "\""}});
  }
  EXPECT_EQ(sender_.next(), "POST uploadId");
  const std::string list = std::get<std::string>(sender_.request().body);
  EXPECT_NE(list.find("<Part><ChecksumSHA256>" + base64(sha256(kLarge.substr(20))) +
                      "</ChecksumSHA256><ETag>&quot;tag2&quot;</ETag><PartNumber>3</PartNumber>"),
            std::string::npos)
      << list;
  sender_.answer(200, "<CompleteMultipartUploadResult/>");
  EXPECT_EQ(complaint(), "it was uploaded");
  EXPECT_EQ(outcome_.value()->sha256, hex(sha256(kLarge)));
  EXPECT_EQ(sender_.next(), "");
}

TEST_F(FileUploadTest, ALargeFileThatIsThereIsKnownByTheSumOfItsParts) {
  begin(kLarge);
  EXPECT_EQ(sender_.next(), "HEAD");
  sender_.answer(200, "",
                 {{"content-length", "25"}, {"x-amz-checksum-sha256", sum_in_parts(kLarge)}});
  EXPECT_EQ(complaint(), "it was uploaded");
  EXPECT_TRUE(was_there());
  EXPECT_EQ(outcome_.value()->sha256, hex(sha256(kLarge)));
}

TEST_F(FileUploadTest, WhoMayNotLookUploadsAllTheSame) {
  begin(kLarge);
  sender_.answer(403);
  EXPECT_EQ(sender_.next(), "POST uploads");
}

TEST_F(FileUploadTest, PartsOfAFailedUploadAreGivenUpAndTheFirstErrorIsTold) {
  begin_three_parts();
  sender_.answer(403, error_body("AccessDenied"));
  EXPECT_EQ(complaint(), "refused 403.");
  EXPECT_EQ(sender_.waiting(), 1U);
  EXPECT_EQ(sender_.next(), "DELETE uploadId");
  sender_.answer(204);
  EXPECT_EQ(sender_.next(), "");
}

TEST_F(FileUploadTest, PartsOfAnUploadThatIsStoppedAreGivenUp) {
  begin_three_parts();
  upload_.reset();
  EXPECT_EQ(sender_.next(), "DELETE uploadId");
}

TEST_F(FileUploadTest, PartsThatAreAskedForWhenItIsStoppedAreGivenUp) {
  begin(kLarge);
  sender_.answer(404);
  upload_.reset();
  EXPECT_EQ(sender_.next(), "POST uploads");
  sender_.answer(200, "<UploadId>late</UploadId>");
  EXPECT_EQ(sender_.next(), "DELETE uploadId");
  EXPECT_EQ(sender_.request().query.back().second, "late");
}

TEST_F(FileUploadTest, ALostAnswerToTheLastRequestIsLookedUp) {
  begin_three_parts();
  for (int i = 0; i < 3; ++i) sender_.answer(200, "", {{"etag", "\"tag\""}});
  sender_.answer(404, error_body("NoSuchUpload"));
  EXPECT_EQ(sender_.next(), "HEAD");
  sender_.answer(200, "",
                 {{"content-length", "25"}, {"x-amz-checksum-sha256", sum_in_parts(kLarge)}});
  EXPECT_EQ(complaint(), "it was uploaded");
}

TEST_F(FileUploadTest, AnUploadThatIsGoneIsAnErrorWhenTheObjectIsNotThere) {
  begin_three_parts();
  for (int i = 0; i < 3; ++i) sender_.answer(200, "", {{"etag", "\"tag\""}});
  sender_.answer(404, error_body("NoSuchUpload"));
  sender_.answer(404);
  EXPECT_EQ(complaint(), "refused 404.");
}

TEST_F(FileUploadTest, AFolderIsNoFile) {
  begin_file(folder_.path());
  EXPECT_NE(complaint().find("is no file"), std::string::npos);
}

}  // namespace
}  // namespace shoal
