#include "tests/amqp/test_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
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

std::vector<std::string> own_environment(const std::string& home) {
  const char* path = ::getenv("PATH");
  return {fmt::format("PATH={}", path == nullptr ? "/usr/bin:/bin" : path), "HOME=" + home,
          "LANG=C.UTF-8"};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

void run(const TemporaryFolder& folder, const std::vector<std::string>& words) {
  ChildProcess child(words, own_environment(folder.path()), folder / "openssl.log");
  if (child.wait() != 0) throw std::runtime_error(words[0] + ": " + folder.read("openssl.log"));
}

}  // namespace

std::string why_no_broker() {
  if (::access(kServer, X_OK) != 0) return "rabbitmq-server is not installed";
  return {};
}

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(descriptor, generic, size) != 0 || ::getsockname(descriptor, generic, &size) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(descriptor);
  return ntohs(address.sin_port);
}

void TestCertificates::make_authority(const std::string& name) const {
  run(folder_,
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-days", "2", "-subj", "/CN=" + name, "-keyout", key(name), "-out", certificate(name)});
}

void TestCertificates::make(const std::string& name, const std::string& authority,
                            const std::string& common_name, const std::string& alternative) const {
  const std::string request = folder_ / (name + ".csr");
  const std::string extensions =
      folder_.write(name + ".ext", "subjectAltName=" + alternative + "\n");
  run(folder_, {"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=" + common_name, "-keyout", key(name), "-out", request});
  run(folder_, {"openssl", "x509", "-req", "-in", request, "-CA", certificate(authority), "-CAkey",
                key(authority), "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out",
                certificate(name)});
}

ChildProcess::ChildProcess(const std::vector<std::string>& words,
                           const std::vector<std::string>& environment, const std::string& log) {
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> variables = pointers(environment);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);  // a Ctrl-C is for the tests
  const int input = ::open("/dev/null", O_RDONLY);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::execvpe(arguments[0], arguments.data(), variables.data());
  ::_exit(127);
}

bool ChildProcess::is_running() {
  if (exit_code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void ChildProcess::kill() {
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  wait();
}

int ChildProcess::wait() {
  int status = 0;
  while (!exit_code_) {
    if (::waitpid(pid_, &status, 0) != pid_) continue;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return *exit_code_;
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
