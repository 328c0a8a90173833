#include "exec/process_watch.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace shoal {

Expected<std::unique_ptr<ProcessWatch>> ProcessWatch::create(asio::io_context& io,
                                                             OnEnded on_ended) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    return infrastructure_error({}, std::string("cannot watch processes: ") + std::strerror(errno));
  }
  return std::unique_ptr<ProcessWatch>(new ProcessWatch(io, epoll, std::move(on_ended)));
}

ProcessWatch::ProcessWatch(asio::io_context& io, int epoll, OnEnded on_ended)
    : epoll_(io, epoll), on_ended_(std::move(on_ended)) {}

ProcessWatch::~ProcessWatch() { *alive_ = false; }

bool ProcessWatch::add(int pidfd, std::uint32_t key) {
  epoll_event event{};
  // Once: closing the pidfd may not take it away at once, since a child that is
  // in the middle of its exec can still have a copy (the kernel lets the parent
  // of a vfork go on before it closes what is close-on-exec).
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u32 = key;
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, pidfd, &event) != 0) return false;
  ++watched_;
  if (!waiting_) wait();
  return true;
}

/// Waits only while there is something to wait for, so that the event loop can
/// run out of work.
void ProcessWatch::wait() {
  waiting_ = true;
  epoll_.async_wait(asio::posix::descriptor_base::wait_read,
                    [this, alive = alive_](const asio::error_code& error) {
                      if (!error && *alive) collect();
                    });
}

void ProcessWatch::collect() {
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  const std::shared_ptr<bool> alive = alive_;
  for (int i = 0; i < count; ++i) {
    --watched_;
    on_ended_(events[static_cast<std::size_t>(i)].data.u32);
    if (!*alive) return;
  }
  waiting_ = false;
  if (watched_ > 0) wait();
}

}  // namespace shoal
