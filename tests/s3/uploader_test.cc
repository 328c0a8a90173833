#include "s3/uploader.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <future>
#include <map>

#include "tests/s3/test_server.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

/// Bytes that repeat nowhere near, so that a part in the wrong place is seen.
std::string bytes(std::uint64_t size) {
  std::string text(size, '\0');
  std::uint64_t state = size + 1;
  for (char& c : text) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    c = static_cast<char>(state >> 56U);
  }
  return text;
}

/// A server with a bucket, shared by the tests that only add to it.
class UploaderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!why_no_s3_server().empty()) return;
    server_ = std::make_unique<TestS3Server>();
    server_->make_bucket("results");
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { SHOAL_NEEDS_S3(); }

  static TestS3Server& server() { return *server_; }
  static S3Service service() { return server_->service(); }
  /// One that does not try again, for what fails for good.
  static S3Service impatient() {
    S3Service service = server_->service();
    service.most_tries = 1;
    return service;
  }

  UploadOutcome upload(const S3Service& service, const std::string& file, const std::string& key,
                       UploaderOptions options = {}) {
    Uploader uploader(service, options);
    return upload(uploader, file, key).get();
  }
  std::future<UploadOutcome> upload(Uploader& uploader, const std::string& file,
                                    const std::string& key, const std::string& bucket = "results") {
    auto promise = std::make_shared<std::promise<UploadOutcome>>();
    last_id_ = uploader.upload({file, bucket, key}, [promise](UploadOutcome outcome) {
      promise->set_value(std::move(outcome));
    });
    return promise->get_future();
  }
  static std::string complaint(const UploadOutcome& outcome) {
    return outcome ? "it was uploaded" : outcome.error().sentence();
  }
  static void wait_for(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!holds()) ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited in vain";
  }
  static UploaderOptions in_small_parts() {
    UploaderOptions options;
    options.limits.part_size = 5 * kMebibyte;
    return options;
  }

  TemporaryFolder folder_;
  UploadId last_id_{};

 private:
  static inline std::unique_ptr<TestS3Server> server_;
};

TEST_F(UploaderTest, FilesOfAnySizeArriveWhole) {
  Uploader uploader(service(), in_small_parts());
  std::map<std::string, std::string> contents;
  std::map<std::string, std::future<UploadOutcome>> outcomes;
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, 128 * 1024 + std::uint64_t{1}, 5 * kMebibyte - 1,
        5 * kMebibyte, 64 * kMebibyte + 1}) {
    const std::string name = "size-" + std::to_string(size);
    contents[name] = bytes(size);
    outcomes[name] = upload(uploader, folder_.write(name, contents[name]), name);
  }
  for (auto& [name, coming] : outcomes) {
    const UploadOutcome outcome = coming.get();
    ASSERT_TRUE(outcome) << name << ": " << complaint(outcome);
    EXPECT_EQ(outcome->size, contents[name].size());
    EXPECT_EQ(outcome->sha256, hex(sha256(contents[name]))) << name;
    EXPECT_FALSE(outcome->was_there);
    EXPECT_TRUE(server().object("results", name) == contents[name]) << name;
  }
}

TEST_F(UploaderTest, KeysMayHoldAnyCharacter) {
  Uploader uploader(service(), {});
  const std::string file = folder_.write("file", "text");
  for (const std::string key :
       {"2026-11-24T10:00:00+01:00/a b.json", "keys/é/日本", "keys/:+=@&%~*'()!?#;,$",
        "keys/100%25", "keys/a+b", "keys/<&\">"}) {
    const UploadOutcome outcome = upload(uploader, file, key).get();
    EXPECT_TRUE(outcome) << key << ": " << complaint(outcome);
    EXPECT_EQ(server().object("results", key), "text") << key;
  }
}

TEST_F(UploaderTest, WhatIsThereAlreadyIsNotSentAgain) {
  const std::string small = folder_.write("small", "text");
  const std::string large = folder_.write("large", bytes(11 * kMebibyte));
  for (const std::string& file : {small, large}) {
    const std::string key = "again/" + std::filesystem::path(file).filename().string();
    const UploadOutcome first = upload(service(), file, key, in_small_parts());
    ASSERT_TRUE(first) << complaint(first);
    const UploadOutcome second = upload(service(), file, key, in_small_parts());
    ASSERT_TRUE(second) << complaint(second);
    EXPECT_FALSE(first->was_there);
    EXPECT_TRUE(second->was_there);
    EXPECT_EQ(second->sha256, first->sha256);
  }
}

TEST_F(UploaderTest, AnOlderObjectIsReplaced) {
  for (const std::uint64_t size : {std::uint64_t{100}, 11 * kMebibyte}) {
    const std::string key = "replaced/" + std::to_string(size);
    ASSERT_TRUE(upload(service(), folder_.write("a", bytes(size)), key, in_small_parts()));
    const std::string newer = bytes(size + 7).substr(0, size);
    const UploadOutcome outcome =
        upload(service(), folder_.write("b", newer), key, in_small_parts());
    ASSERT_TRUE(outcome) << complaint(outcome);
    EXPECT_FALSE(outcome->was_there);
    EXPECT_TRUE(server().object("results", key) == newer);
  }
}

TEST_F(UploaderTest, AWrongSecretIsExplainedAndNotShown) {
  S3Service wrong = service();
  wrong.credentials.secret_key = "no-such-secret";
  const std::string file = folder_.write("file", "text");
  const std::string text = complaint(upload(wrong, file, "wrong/secret"));
  EXPECT_NE(text.find("the secret key is wrong. Check S3_AWS_SECRET_ACCESS_KEY"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("no-such-secret"), std::string::npos);
  EXPECT_FALSE(server().has_object("results", "wrong/secret"));
}

TEST_F(UploaderTest, AnUnknownKeyIsExplained) {
  S3Service wrong = service();
  wrong.credentials.access_key = "nobody";
  const std::string text = complaint(upload(wrong, folder_.write("file", "text"), "wrong/key"));
  EXPECT_NE(text.find("the server does not know the access key"), std::string::npos) << text;
}

TEST_F(UploaderTest, AClockThatIsOffIsExplained) {
  for (const auto& [offset, words] : std::map<Duration, std::string>{
           {20min, "20 min ahead of the server's"}, {-20min, "20 min behind the server's"}}) {
    UploaderOptions options;
    options.retry.clock_offset = offset;
    const std::string text =
        complaint(upload(service(), folder_.write("file", "text"), "wrong/clock", options));
    EXPECT_NE(text.find(words), std::string::npos) << text;
    EXPECT_NE(text.find("Set the clock"), std::string::npos) << text;
  }
}

TEST_F(UploaderTest, AMissingBucketIsExplained) {
  Uploader uploader(service(), {});
  const std::string text =
      complaint(upload(uploader, folder_.write("file", "text"), "a", "no-bucket").get());
  EXPECT_NE(text.find("there is no such bucket"), std::string::npos) << text;
}

TEST_F(UploaderTest, AMissingFileIsExplained) {
  const std::string file = folder_ / "absent";
  EXPECT_EQ(complaint(upload(service(), file, "a")),
            file + ": cannot be read: No such file or directory.");
}

TEST_F(UploaderTest, PartsOfAFailedUploadAreGivenUp) {
  const std::string file = folder_.write("cancelled", "");
  std::filesystem::resize_file(file, 400 * kMebibyte);
  Uploader uploader(service(), in_small_parts());
  auto coming = upload(uploader, file, "cancelled");
  S3Request list = plain_request("GET", "results");
  list.query.emplace_back("uploads", "");
  wait_for([&] { return ask(service(), list).body.find("<Upload>") != std::string::npos; });
  uploader.cancel(last_id_);
  EXPECT_FALSE(coming.get());
  EXPECT_FALSE(server().has_object("results", "cancelled"));
  wait_for([&] { return ask(service(), list).body.find("<Upload>") == std::string::npos; });
}

TEST_F(UploaderTest, AServerThatComesBackGetsEverythingOnce) {
  TestS3Server restarted;
  restarted.make_bucket("results");
  restarted.kill();
  UploaderOptions options;
  options.retry.first_wait = 50ms;
  Uploader uploader(restarted.service(), options);
  std::vector<std::future<UploadOutcome>> outcomes;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "file-" + std::to_string(i);
    outcomes.push_back(upload(uploader, folder_.write(name, name), name));
  }
  restarted.start();
  for (int i = 0; i < 30; ++i) {
    const UploadOutcome outcome = outcomes[static_cast<std::size_t>(i)].get();
    EXPECT_TRUE(outcome) << complaint(outcome);
    const std::string name = "file-" + std::to_string(i);
    EXPECT_EQ(restarted.object("results", name), name);
  }
}

TEST_F(UploaderTest, AServerThatIsAwayIsGivenUpWithItsAddress) {
  S3Service away = impatient();
  away.port = static_cast<std::uint16_t>(free_port());
  const std::string text = complaint(upload(away, folder_.write("file", "text"), "a"));
  EXPECT_TRUE(text.starts_with(away.text() + "/results: the server was not reached")) << text;
}

TEST_F(UploaderTest, AConnectionOnWhichNothingMovesIsGivenUp) {
  // A listener that nobody accepts from: the kernel takes the connection.
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  S3Service silent = impatient();
  silent.port = static_cast<std::uint16_t>(listen_on(listener.get()));
  UploaderOptions options;
  options.retry.transport.stall_timeout = 1s;
  const std::string text = complaint(upload(silent, folder_.write("file", "text"), "a", options));
  EXPECT_NE(text.find("the server was not reached"), std::string::npos) << text;
}

TEST_F(UploaderTest, AnAuthorityOfOnesOwnIsTrustedWhereItIsNamed) {
  TestS3Server secure(TestS3Server::Tls::yes);
  secure.make_bucket("results");
  const std::string file = folder_.write("file", "text");
  const UploadOutcome good = upload(secure.service(), file, "a");
  EXPECT_TRUE(good) << complaint(good);
  S3Service distrustful = secure.service();
  distrustful.ca_file.clear();
  const std::string text = complaint(upload(distrustful, file, "b"));
  EXPECT_NE(text.find("AWS_CA_BUNDLE"), std::string::npos) << text;
  EXPECT_FALSE(secure.has_object("results", "b"));
}

TEST_F(UploaderTest, ManyFilesShareAFewConnections) {
  UploaderOptions options;
  options.retry.transport.connections = 4;
  Uploader uploader(service(), options);
  std::vector<std::future<UploadOutcome>> outcomes;
  const std::string file = folder_.write("file", "text");
  for (int i = 0; i < 500; ++i) {
    outcomes.push_back(upload(uploader, file, "many/" + std::to_string(i)));
  }
  for (auto& coming : outcomes) {
    const UploadOutcome outcome = coming.get();
    ASSERT_TRUE(outcome) << complaint(outcome);
  }
  EXPECT_EQ(server().object("results", "many/499"), "text");
}

}  // namespace
}  // namespace shoal
