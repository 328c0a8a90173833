#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "exec/descriptor.h"
#include "exec/spawn.h"
#include "exec/warm/enrolment.h"
#include "exec/warm/fork_server.h"

namespace shoal {

/// A fork server's successor in the making: a fork of it that imports what was
/// learnt, while the server goes on serving.
class Growth : public std::enable_shared_from_this<Growth> {
 public:
  struct Outcome {
    SpawnedProcess process;  // the successor, which waits; pid -1: there is none
    FileDescriptor channel;  // to it
    FileDescriptor control;  // where it waits to be told to begin
    bool is_stale = false;   // files have changed, and the server must be replaced
  };
  /// Called once from the event loop, not after cancel().
  using OnEnd = std::function<void(Outcome)>;

  /// Asks the server. nullptr: it cannot be asked.
  static std::shared_ptr<Growth> start(asio::io_context& io, ForkServer& server,
                                       std::shared_ptr<OrphanAdoption> adoption, OnEnd on_end);

  /// Whatever becomes of it, nobody wants it.
  void cancel() { on_end_ = nullptr; }

 private:
  Growth(asio::io_context& io, FileDescriptor control, FileDescriptor channel,
         std::shared_ptr<OrphanAdoption> adoption, OnEnd on_end);
  void wait();
  void receive();
  void end(Outcome outcome);

  asio::posix::stream_descriptor control_;
  FileDescriptor channel_;
  std::shared_ptr<OrphanAdoption> adoption_;
  OnEnd on_end_;
  bool expects_child_ = false;
};

}  // namespace shoal
