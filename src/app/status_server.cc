#include "app/status_server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace shoal {
namespace {

using Clock = std::chrono::steady_clock;

/// An event loop that has not turned for so long hangs.
constexpr std::chrono::seconds kLongestSilence{30};

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

Expected<HostAndPort> read_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const std::string digits = colon == std::string::npos ? address : address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty()) host = "127.0.0.1";
  HostAndPort read{std::move(host), 0};
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, read.port);
  if (digits.empty() || error != std::errc() || stop != end) {
    return input_error("--listen", fmt::format("'{}' is no address", address),
                       "Give HOST:PORT, for example 0.0.0.0:9464");
  }
  return read;
}

class HttpStatusServer : public StatusServer {
 public:
  HttpStatusServer() {
    // One request after another: who asks are a scraper and a probe.
    server_.new_task_queue = [] { return new httplib::ThreadPool(2); };
    // Not the library's SO_REUSEPORT, with which two processes share a port.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      response.set_content(pages_.metrics, "text/plain; version=0.0.4; charset=utf-8");
    });
    server_.Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      answer(response, is_alive() ? "" : "the event loop hangs");
    });
    server_.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      answer(response, pages_.what_it_lacks);
    });
  }
  HttpStatusServer(const HttpStatusServer&) = delete;
  HttpStatusServer& operator=(const HttpStatusServer&) = delete;
  ~HttpStatusServer() override {
    if (!thread_.joinable()) return;
    // Stopping one that does not run yet would be forgotten.
    while (!server_.is_running() && !gave_up_) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

  Expected<void> bind(const HostAndPort& place) {
    if (place.port == 0) {
      const int port = server_.bind_to_any_port(place.host);
      if (port > 0) port_ = static_cast<std::uint16_t>(port);
    } else if (server_.bind_to_port(place.host, place.port)) {
      port_ = place.port;
    }
    if (port_ != 0) return {};
    return input_error("--listen", fmt::format("cannot listen at {}:{}", place.host, place.port),
                       "Give an address of this machine, and a port that nobody uses");
  }

  void start() override {
    thread_ = std::thread([this] {
      server_.listen_after_bind();
      gave_up_ = true;
    });
  }
  void publish(StatusPages pages) override {
    const std::lock_guard lock(mutex_);
    pages_ = std::move(pages);
    published_ = Clock::now();
  }
  std::uint16_t port() const override { return port_; }

 private:
  bool is_alive() {
    const std::lock_guard lock(mutex_);
    return Clock::now() - published_ < kLongestSilence;
  }
  static void answer(httplib::Response& response, const std::string& trouble) {
    response.status = trouble.empty() ? 200 : 503;
    response.set_content((trouble.empty() ? "ok" : trouble) + "\n", "text/plain; charset=utf-8");
  }

  httplib::Server server_;
  std::uint16_t port_ = 0;
  std::atomic<bool> gave_up_ = false;
  std::mutex mutex_;
  StatusPages pages_{"", "it has just started"};
  Clock::time_point published_ = Clock::now();
  std::thread thread_;
};

}  // namespace

Expected<std::unique_ptr<StatusServer>> StatusServer::listen(const std::string& address) {
  if (address.empty()) return nullptr;
  const auto place = read_address(address);
  if (!place) return tl::unexpected(place.error());
  auto server = std::make_unique<HttpStatusServer>();
  if (const auto bound = server->bind(*place); !bound) return tl::unexpected(bound.error());
  return server;
}

}  // namespace shoal
