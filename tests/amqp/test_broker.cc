#include "tests/amqp/test_broker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "amqp/connection.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

// Debian's programs of the same names on the PATH change to the user rabbitmq.
const char* const kServer = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const char* const kControl = "/usr/lib/rabbitmq/bin/rabbitmqctl";
constexpr auto kLongestStart = 120s;

std::unique_ptr<TestBroker>& shared_broker() {
  static std::unique_ptr<TestBroker> broker;
  return broker;
}

class EndOfSharedBroker : public ::testing::Environment {
 public:
  void TearDown() override { shared_broker().reset(); }
};
const ::testing::Environment* const kEnd =
    ::testing::AddGlobalTestEnvironment(new EndOfSharedBroker);

}  // namespace

std::string why_no_broker() {
  if (::access(kServer, X_OK) != 0) return "rabbitmq-server is not installed";
  return {};
}

TestBroker::TestBroker(Options options) : options_(options), certificates_(folder_) {
  std::set<int> ports;
  while (ports.size() < 4) ports.insert(free_port());
  ports_.assign(ports.begin(), ports.end());
  certificates_.make_authority("ca");
  certificates_.make("server", "ca", "localhost", "DNS:localhost");
  write_configuration();
  epmd_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"epmd", "-port", std::to_string(ports_[3]), "-address", "127.0.0.1"},
      own_environment(folder_.path()), folder_ / "epmd.log");
  start();
}

TestBroker& TestBroker::shared() {
  auto& broker = shared_broker();
  if (broker == nullptr) broker = std::make_unique<TestBroker>(Options{});
  return *broker;
}

void TestBroker::write_configuration() {
  const std::string cookie = folder_.write(".erlang.cookie", "SHOALTESTSCOOKIE");
  ::chmod(cookie.c_str(), 0400);
  folder_.write("enabled_plugins", "[rabbitmq_auth_mechanism_ssl].\n");
  folder_.write("definitions.json", R"json({
    "vhosts": [{"name": "/"}, {"name": "other"}],
    "users": [{"name": "me", "password": "secret", "tags": "administrator"},
              {"name": "shoal", "password": "secret", "tags": ""},
              {"name": "limited", "password": "secret", "tags": ""},
              {"name": "worker", "password_hash": "", "tags": ""}],
    "permissions": [
      {"user": "me", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
      {"user": "me", "vhost": "other", "configure": ".*", "write": ".*", "read": ".*"},
      {"user": "worker", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
      {"user": "shoal", "vhost": "/", "configure": "^(shoal\\.|amq\\.gen-)",
       "write": "^(shoal\\.|amq\\.gen-|amq\\.default$)", "read": "^(shoal\\.|amq\\.gen-)"},
      {"user": "limited", "vhost": "/", "configure": "^$", "write": "^$", "read": "^$"}]})json");
  std::string text =
      fmt::format("listeners.tcp.1 = 127.0.0.1:{}\nlisteners.ssl.1 = 127.0.0.1:{}\n", ports_[0],
                  ports_[1]) +
      fmt::format(
          "ssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n",
          certificates_.certificate("ca"), certificates_.certificate("server"),
          certificates_.key("server")) +
      "ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = false\n"
      "auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = EXTERNAL\n"
      "ssl_cert_login_from = common_name\n" +
      fmt::format("load_definitions = {}\n", folder_ / "definitions.json");
  std::string advanced = "[].\n";
  if (options_.consumer_timeout) {
    text += fmt::format("consumer_timeout = {}\n", options_.consumer_timeout->count());
    advanced = "[{rabbit, [{channel_tick_interval, 500}]}].\n";
  }
  folder_.write("rabbitmq.conf", text);
  folder_.write("advanced.config", advanced);
}

std::vector<std::string> TestBroker::environment() const {
  std::vector<std::string> variables = own_environment(folder_.path());
  variables.insert(
      variables.end(),
      {fmt::format("RABBITMQ_NODENAME=shoal-test-{}@localhost", ports_[0]),
       "RABBITMQ_MNESIA_BASE=" + (folder_ / "mnesia"), "RABBITMQ_LOG_BASE=" + (folder_ / "log"),
       fmt::format("RABBITMQ_NODE_PORT={}", ports_[0]),
       fmt::format("RABBITMQ_DIST_PORT={}", ports_[2]), fmt::format("ERL_EPMD_PORT={}", ports_[3]),
       "RABBITMQ_CONFIG_FILE=" + (folder_ / "rabbitmq.conf"),
       "RABBITMQ_ADVANCED_CONFIG_FILE=" + (folder_ / "advanced.config"),
       "RABBITMQ_ENABLED_PLUGINS_FILE=" + (folder_ / "enabled_plugins"),
       // With -noinput below: the script then becomes the server, pid and all.
       "RABBITMQ_ALLOW_INPUT=1",
       "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 +sbwt none "
       "-kernel inet_dist_use_interface {127,0,0,1}"});
  return variables;
}

void TestBroker::start() {
  server_ = std::make_unique<ChildProcess>(std::vector<std::string>{kServer, "-noinput"},
                                           environment(), folder_ / "server.log");
  wait_until_ready();
}

void TestBroker::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kLongestStart;
  while (std::chrono::steady_clock::now() < deadline && server_->is_running()) {
    if (auto connection = Connection::open(address(), {}); connection) {
      connection->close(5s);
      return;
    }
    std::this_thread::sleep_for(100ms);
  }
  throw std::runtime_error("rabbitmq-server does not start: " + folder_.read("server.log"));
}

BrokerAddress TestBroker::address() const {
  BrokerAddress address;
  address.host = "127.0.0.1";
  address.port = static_cast<std::uint16_t>(ports_[0]);
  address.user = "me";
  address.password = "secret";
  return address;
}

BrokerAddress TestBroker::tls_address() const {
  BrokerAddress address = this->address();
  address.host = "localhost";
  address.port = static_cast<std::uint16_t>(ports_[1]);
  address.tls = true;
  address.tls_files.ca = certificates_.certificate("ca");
  return address;
}

std::string TestBroker::control(std::vector<std::string> words) {
  words.insert(words.begin(), kControl);
  const std::string log = folder_ / "control.log";
  ::unlink(log.c_str());
  ChildProcess child(words, environment(), log);
  const int code = child.wait();
  std::string text = folder_.read("control.log");
  if (code != 0) throw std::runtime_error("rabbitmqctl " + words[1] + ": " + text);
  return text;
}

}  // namespace shoal
