#include "exec/warm/growth.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace shoal {

std::shared_ptr<Growth> Growth::start(asio::io_context& io, ForkServer& server,
                                      std::shared_ptr<OrphanAdoption> adoption, OnEnd on_end) {
  auto control = seqpacket_pair();
  auto channel = seqpacket_pair();
  if (!control || !channel) return nullptr;
  if (!server.send("grow", {control->second.get(), channel->second.get()})) return nullptr;
  std::shared_ptr<Growth> growth(new Growth(io, std::move(control->first),
                                            std::move(channel->first), std::move(adoption),
                                            std::move(on_end)));
  growth->wait();
  return growth;
}

Growth::Growth(asio::io_context& io, FileDescriptor control, FileDescriptor channel,
               std::shared_ptr<OrphanAdoption> adoption, OnEnd on_end)
    : control_(io, control.release()),
      channel_(std::move(channel)),
      adoption_(std::move(adoption)),
      on_end_(std::move(on_end)) {}

void Growth::wait() {
  control_.async_wait(asio::posix::descriptor_base::wait_read,
                      [self = shared_from_this()](const asio::error_code& error) {
                        if (!error) self->receive();
                      });
}

/// First it has grown, then it forks to become a child of this process, which
/// is a subreaper only for that long.
void Growth::receive() {
  std::array<char, 512> buffer;
  const ssize_t size = ::recv(control_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
  const std::string_view message(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (message == "grown" && !expects_child_) {
    if (!on_end_) return;
    constexpr std::string_view kFork = "fork";
    adoption_->begin();
    expects_child_ = true;
    ::send(control_.native_handle(), kFork.data(), kFork.size(), MSG_NOSIGNAL);
    return wait();
  }
  Outcome outcome;
  outcome.is_stale = message == "stale";
  if (std::exchange(expects_child_, false)) {
    adoption_->end();
    if (const std::optional<pid_t> pid = enrolled_child(message)) {
      outcome.process = {*pid, static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0))};
      if (!on_end_ || outcome.process.pidfd < 0) {
        end_child(std::exchange(outcome.process.pid, -1));
      }
    }
  }
  end(std::move(outcome));
}

void Growth::end(Outcome outcome) {
  if (outcome.process.pid > 0) {
    outcome.channel = std::move(channel_);
    outcome.control = FileDescriptor(control_.release());
  }
  if (const OnEnd on_end = std::exchange(on_end_, nullptr)) on_end(std::move(outcome));
}

}  // namespace shoal
