#include <gtest/gtest.h>

#include "amqp/connection.h"
#include "tests/amqp/test_broker.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

class ConnectionTlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SHOAL_NEEDS_BROKER();
    address_ = TestBroker::shared().tls_address();
  }
  /// A certificate that a client shows.
  void show(const std::string& name) {
    const TestCertificates& certificates = TestBroker::shared().certificates();
    address_.tls_files.certificate = certificates.certificate(name);
    address_.tls_files.key = certificates.key(name);
  }
  std::optional<BrokerErrorKind> why_not() const {
    const auto opened = Connection::open(address_, {.open_timeout = 5s});
    if (opened) return std::nullopt;
    EXPECT_NE(opened.error().error.cure, "") << opened.error().error.sentence();
    return opened.error().kind;
  }
  BrokerAddress address_;
};

TEST_F(ConnectionTlsTest, ABrokerWhoseAuthorityAndNameAreRightIsTrusted) {
  auto opened = Connection::open(address_, {});
  ASSERT_TRUE(opened) << opened.error().error.sentence();
  constexpr ChannelNumber kChannel{1};
  ASSERT_TRUE(opened->open_channel(kChannel, ChannelMode::confirms));
  const auto queue = opened->declare_queue(kChannel, {{}, QueueKind::exclusive, {}});
  ASSERT_TRUE(queue);
  const std::string body(1'000'000, 'x');
  ASSERT_TRUE(opened->publish(kChannel, {.routing_key = queue->name.text, .body = body}));
  ASSERT_TRUE(opened->consume(kChannel, queue->name, "c", 0, AckMode::automatic));
  std::optional<ConnectionEvent> event;
  do {
    event = opened->poll(20s);
    ASSERT_TRUE(event);
  } while (!std::holds_alternative<Delivery>(*event));
  EXPECT_EQ(std::get<Delivery>(*event).body, body);
  opened->close(5s);
}

TEST_F(ConnectionTlsTest, AnotherAuthorityIsNotTrusted) {
  TestBroker::shared().certificates().make_authority("other-ca");
  address_.tls_files.ca = TestBroker::shared().certificates().certificate("other-ca");
  EXPECT_EQ(why_not(), BrokerErrorKind::tls);
}

TEST_F(ConnectionTlsTest, TheAuthoritiesOfTheSystemDoNotKnowAPrivateOne) {
  address_.tls_files.ca.clear();
  EXPECT_EQ(why_not(), BrokerErrorKind::tls);
}

TEST_F(ConnectionTlsTest, ACertificateForAnotherAddressIsRefused) {
  address_.host = "127.0.0.1";  // the certificate names localhost only
  EXPECT_EQ(why_not(), BrokerErrorKind::tls);
}

TEST_F(ConnectionTlsTest, ACertificateForAnotherNameIsRefused) {
  const TemporaryFolder folder;
  const TestCertificates certificates(folder);
  certificates.make_authority("ca");
  certificates.make("elsewhere", "ca", "elsewhere.example", "DNS:elsewhere.example");
  address_.port = static_cast<std::uint16_t>(free_port());
  address_.tls_files.ca = certificates.certificate("ca");
  // The handshake is all that is needed, so openssl plays the broker.
  ChildProcess server(
      {"openssl", "s_server", "-accept", std::to_string(address_.port), "-cert",
       certificates.certificate("elsewhere"), "-key", certificates.key("elsewhere"), "-quiet"},
      {"PATH=/usr/bin:/bin"}, folder / "server.log");
  std::optional<BrokerErrorKind> why = BrokerErrorKind::unreachable;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (why == BrokerErrorKind::unreachable && std::chrono::steady_clock::now() < deadline) {
    const auto opened = Connection::open(address_, {.open_timeout = 5s});
    ASSERT_FALSE(opened);
    why = opened.error().kind;
    if (why == BrokerErrorKind::tls) {
      EXPECT_NE(opened.error().error.message.find("not for the host 'localhost'"),
                std::string::npos);
    }
  }
  EXPECT_EQ(why, BrokerErrorKind::tls);
}

TEST_F(ConnectionTlsTest, APortThatSpeaksNoTlsIsToldApart) {
  address_.port = TestBroker::shared().address().port;
  EXPECT_EQ(why_not(), BrokerErrorKind::tls);
}

TEST_F(ConnectionTlsTest, AClientsCertificateMayStandForAPassword) {
  TestBroker::shared().certificates().make("worker", "ca", "worker", "DNS:worker");
  show("worker");
  address_.sasl = SaslMethod::external;
  address_.user.clear();
  address_.password.clear();
  EXPECT_EQ(why_not(), std::nullopt);
}

TEST_F(ConnectionTlsTest, ACertificateWithoutAUserIsRefused) {
  TestBroker::shared().certificates().make("stranger", "ca", "stranger", "DNS:stranger");
  show("stranger");
  address_.sasl = SaslMethod::external;
  EXPECT_EQ(why_not(), BrokerErrorKind::credentials);
}

TEST_F(ConnectionTlsTest, AClientsCertificateOfAnotherAuthorityIsRefused) {
  const TestCertificates& certificates = TestBroker::shared().certificates();
  certificates.make_authority("foreign-ca");
  certificates.make("foreign", "foreign-ca", "worker", "DNS:worker");
  show("foreign");
  // With TLS 1.3 the broker says so after the client's handshake has ended, and
  // its closing of the connection may overtake that.
  std::optional<BrokerErrorKind> why = BrokerErrorKind::unreachable;
  for (int i = 0; i < 50 && why == BrokerErrorKind::unreachable; ++i) why = why_not();
  EXPECT_EQ(why, BrokerErrorKind::tls);
}

TEST_F(ConnectionTlsTest, FilesThatCannotBeReadAreNamed) {
  address_.tls_files.ca = "/nowhere/ca.pem";
  const auto opened = Connection::open(address_, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, BrokerErrorKind::tls);
  EXPECT_EQ(opened.error().error.place, "/nowhere/ca.pem");
  address_ = TestBroker::shared().tls_address();
  show("nobody");
  EXPECT_EQ(why_not(), BrokerErrorKind::tls);
}

}  // namespace
}  // namespace shoal
