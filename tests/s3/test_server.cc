#include "tests/s3/test_server.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestStart = 30s;

/// scripts/lib/s3_server.sh builds it there.
const char* server_program() {
  const char* const given = ::getenv("SHOAL_TEST_S3_SERVER");
  return given != nullptr ? given : SHOAL_S3_SERVER;
}

}  // namespace

std::string why_no_s3_server() {
  if (::access(server_program(), X_OK) == 0) return {};
  return std::string("there is no S3 server at ") + server_program() + "; scripts/test builds it";
}

TestS3Server::TestS3Server(Tls tls) : certificates_(folder_), tls_(tls), port_(free_port()) {
  std::filesystem::create_directories(folder_ / "store");
  std::filesystem::create_directories(folder_ / "meta");
  if (tls_ == Tls::yes) {
    certificates_.make_authority("ca");
    certificates_.make("server", "ca", "localhost", "DNS:localhost");
  }
  start();
}

S3Service TestS3Server::service() const {
  S3Service service;
  service.tls = tls_ == Tls::yes;
  service.host = tls_ == Tls::yes ? "localhost" : "127.0.0.1";
  service.port = static_cast<std::uint16_t>(port_);
  service.credentials = {"test-key", "test-secret", ""};
  if (tls_ == Tls::yes) service.ca_file = certificates_.certificate("ca");
  return service;
}

void TestS3Server::start() {
  std::vector<std::string> words = {
      server_program(), "--port",   "127.0.0.1:" + std::to_string(port_),
      "--access",       "test-key", "--secret",
      "test-secret",    "--quiet"};
  if (tls_ == Tls::yes) {
    words.insert(words.end(), {"--cert", certificates_.certificate("server"), "--key",
                               certificates_.key("server")});
  }
  words.insert(words.end(), {"posix", "--sidecar", folder_ / "meta", folder_ / "store"});
  server_ = std::make_unique<ChildProcess>(words, own_environment(folder_.path()),
                                           folder_ / "server.log");
  S3Service once = service();
  once.most_tries = 1;
  const auto deadline = std::chrono::steady_clock::now() + kLongestStart;
  while (std::chrono::steady_clock::now() < deadline && server_->is_running()) {
    if (ask(once, plain_request("HEAD", "any-bucket")).status != 0) return;
    std::this_thread::sleep_for(20ms);
  }
  throw std::runtime_error("versitygw does not start: " + folder_.read("server.log"));
}

void TestS3Server::make_bucket(const std::string& name) {
  const S3Answer answer = ask(service(), plain_request("PUT", name));
  if (!answer.good()) throw std::runtime_error("no bucket: " + answer.failure + answer.body);
}

std::string TestS3Server::object(const std::string& bucket, const std::string& key) const {
  return folder_.read("store/" + bucket + "/" + key);
}

bool TestS3Server::has_object(const std::string& bucket, const std::string& key) const {
  return folder_.has("store/" + bucket + "/" + key);
}

S3Answer ask(const S3Service& service, S3Request request) {
  RetryingSender sender(service, {});
  return ask(sender, std::move(request));
}

}  // namespace shoal
