#include "tests/support/child_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace shoal {
namespace {

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

std::vector<std::string> own_environment(const std::string& home) {
  const char* path = ::getenv("PATH");
  return {std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path), "HOME=" + home,
          "LANG=C.UTF-8"};
}

int listen_on(int socket) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, generic, size) != 0 || ::listen(socket, 16) != 0 ||
      ::getsockname(socket, generic, &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int port = listen_on(descriptor);
  ::close(descriptor);
  return port;
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

}  // namespace shoal
