#include "app/status_server.h"

#include <gtest/gtest.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace shoal {
namespace {

using asio::ip::tcp;

/// The whole answer to `GET path`.
std::string get(std::uint16_t port, const std::string& path) {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket,
              asio::buffer("GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"));
  std::string answer;
  asio::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  return answer;
}

std::unique_ptr<StatusServer> any_server() {
  auto server = StatusServer::listen("127.0.0.1:0");
  EXPECT_TRUE(server);
  return std::move(*server);
}

TEST(StatusServer, AnswersWithWhatWasPublishedLast) {
  const auto server = any_server();
  server->publish({"old 1\n", "it waits"});
  server->start();
  EXPECT_TRUE(get(server->port(), "/readyz").starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(get(server->port(), "/readyz").ends_with("it waits\n"));
  server->publish({"new 2\n", ""});
  EXPECT_TRUE(get(server->port(), "/metrics").ends_with("new 2\n"));
  EXPECT_NE(get(server->port(), "/metrics").find("text/plain; version=0.0.4"), std::string::npos);
  EXPECT_TRUE(get(server->port(), "/readyz").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(get(server->port(), "/healthz").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(get(server->port(), "/other").starts_with("HTTP/1.1 404"));
}

TEST(StatusServer, EndsWhetherItWasStartedOrNot) {
  any_server();
  any_server()->start();
}

TEST(StatusServer, WithoutAnAddressThereIsNone) {
  const auto server = StatusServer::listen("");
  ASSERT_TRUE(server);
  EXPECT_EQ(*server, nullptr);
}

TEST(StatusServer, RefusesWhatIsNoAddress) {
  for (const char* address : {"x", "1.2.3.4:", ":99999", "0.0.0.0:http", "-1"}) {
    const auto server = StatusServer::listen(address);
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().kind, ErrorKind::input);
  }
}

TEST(StatusServer, RefusesAPortThatIsInUse) {
  const auto first = any_server();
  const auto second = StatusServer::listen(":" + std::to_string(first->port()));
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("cannot listen"), std::string::npos);
}

}  // namespace
}  // namespace shoal
