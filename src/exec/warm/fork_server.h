#pragma once

#include <sys/types.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "exec/descriptor.h"
#include "exec/spawn.h"

namespace shoal {

/// The Python side, to be given to an interpreter.
std::string_view fork_server_source();

/// Two ends that keep messages apart.
Expected<std::pair<FileDescriptor, FileDescriptor>> seqpacket_pair();

struct ForkServerPlace {
  std::string interpreter;       // the file to execute
  std::string interpreter_name;  // its first argument
  char* const* environment = nullptr;
  int working_directory = -1;  // descriptor
  int input = -1;              // its stdin; its children take over what it makes of these
  int output = -1;             // its stdout and stderr
  std::string knowledge;       // folder for what is learnt, absolute
};

/// A Python process that has imported what commands import, and forks a child
/// for each command. Killed when this object or the thread that made it dies.
class ForkServer {
 public:
  /// What it says: a word and what belongs to it. "" when it has ended.
  using OnMessage = std::function<void(std::string_view message)>;

  /// `on_message` is called from the event loop, and may destroy the server.
  static Expected<std::unique_ptr<ForkServer>> start(asio::io_context& io,
                                                     const ForkServerPlace& place,
                                                     OnMessage on_message);
  /// One that another has become: a child of this process, in a group of its own.
  static std::unique_ptr<ForkServer> adopt(asio::io_context& io, SpawnedProcess process,
                                           FileDescriptor channel, OnMessage on_message);
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;
  ~ForkServer();

  /// Sends a message with descriptors, which the caller may close afterwards.
  /// False: it cannot be sent, because the server is dead or the message is too
  /// long.
  bool send(std::string_view message, const std::vector<int>& descriptors);

  /// Lets it end when it has answered what it was sent. `on_end` may destroy it.
  void retire(std::function<void()> on_end);

 private:
  ForkServer(asio::io_context& io, SpawnedProcess process, FileDescriptor channel,
             OnMessage on_message);
  void wait();
  void receive();

  asio::posix::stream_descriptor channel_;
  OnMessage on_message_;
  pid_t pid_ = -1;
  FileDescriptor pidfd_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal
