#include "exec/warm/fork_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "exec/spawn.h"

namespace shoal {
namespace {

/// Of the file in which processes of the server write what they import.
constexpr std::size_t kProgressSize = 256;

/// Its children pass their descriptors as well.
constexpr std::size_t kMostDescriptors = 3;

Error system_failure(const char* what) {
  return {ErrorKind::infrastructure, {}, std::string(what) + ": " + std::strerror(errno), {}};
}

/// A file in memory, with a number above 2.
FileDescriptor memory_file(const char* name) {
  return above_standard(FileDescriptor(::memfd_create(name, MFD_CLOEXEC)));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A copy that a child inherits. Nothing else may be spawned while it is open.
FileDescriptor inheritable(int file) { return FileDescriptor(::fcntl(file, F_DUPFD, 3)); }

tl::expected<SpawnedProcess, SpawnError> spawn_server(const ForkServerPlace& place, int channel,
                                                      int source, int progress) {
  const std::array<FileDescriptor, 3> given = {inheritable(channel), inheritable(source),
                                               inheritable(progress)};
  std::vector<std::string> words = {place.interpreter_name,
                                    "/proc/self/fd/" + std::to_string(given[1].get())};
  for (const FileDescriptor& file : given) words.push_back(std::to_string(file.get()));
  words.push_back(place.knowledge);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  SpawnRequest request;
  request.program = place.interpreter.c_str();
  request.arguments = arguments.data();
  request.environment = place.environment;
  request.working_directory = place.working_directory;
  request.input = place.input;
  request.output = place.output;
  return spawn(request);
}

}  // namespace

Expected<std::pair<FileDescriptor, FileDescriptor>> seqpacket_pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return tl::unexpected(system_failure("no socket for a fork server"));
  }
  return std::pair(FileDescriptor(ends[0]), FileDescriptor(ends[1]));
}

Expected<std::unique_ptr<ForkServer>> ForkServer::start(asio::io_context& io,
                                                        const ForkServerPlace& place,
                                                        OnMessage on_message) {
  auto ends = seqpacket_pair();
  if (!ends) return tl::unexpected(ends.error());
  const FileDescriptor source = memory_file("shoal-fork-server");
  const FileDescriptor progress = memory_file("shoal-progress");
  const bool prepared = source && progress && write_all(source.get(), fork_server_source()) &&
                        ::ftruncate(progress.get(), kProgressSize) == 0;
  if (!prepared) return tl::unexpected(system_failure("no memory for a fork server"));
  const auto process = spawn_server(place, ends->second.get(), source.get(), progress.get());
  if (!process) {
    errno = process.error().code;
    return tl::unexpected(system_failure("cannot start a fork server"));
  }
  return adopt(io, *process, std::move(ends->first), std::move(on_message));
}

std::unique_ptr<ForkServer> ForkServer::adopt(asio::io_context& io, SpawnedProcess process,
                                              FileDescriptor channel, OnMessage on_message) {
  std::unique_ptr<ForkServer> server(
      new ForkServer(io, process, std::move(channel), std::move(on_message)));
  server->wait();
  return server;
}

ForkServer::ForkServer(asio::io_context& io, SpawnedProcess process, FileDescriptor channel,
                       OnMessage on_message)
    : channel_(io, channel.release()),
      on_message_(std::move(on_message)),
      pid_(process.pid),
      pidfd_(process.pidfd) {}

/// Its group is killed too: an import may have started something.
ForkServer::~ForkServer() {
  *alive_ = false;
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ForkServer::wait() {
  channel_.async_wait(asio::posix::descriptor_base::wait_read,
                      [this, alive = alive_](const asio::error_code& error) {
                        if (!error && *alive) receive();
                      });
}

void ForkServer::receive() {
  std::array<char, 4096 + 64> buffer;
  const ssize_t size = ::recv(channel_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
  const std::shared_ptr<bool> alive = alive_;
  const OnMessage on_message = on_message_;  // lives on if this does not
  const std::string message(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  on_message(message);
  if (*alive && !message.empty()) wait();
}

void ForkServer::retire(std::function<void()> on_end) {
  on_message_ = [on_end = std::move(on_end)](std::string_view message) {
    if (message.empty()) on_end();
  };
  ::shutdown(channel_.native_handle(), SHUT_WR);
}

bool ForkServer::send(std::string_view message, const std::vector<int>& descriptors) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> control{};
  iovec text{const_cast<char*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &text;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
  std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size() * sizeof(int));
  const ssize_t sent = ::sendmsg(channel_.native_handle(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace shoal
