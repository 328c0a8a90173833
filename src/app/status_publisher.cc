#include "app/status_publisher.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "app/version.h"
#include "exec/clock.h"

namespace shoal {
namespace {

constexpr std::chrono::seconds kInterval{1};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// proc(5): the second number of statm is what is resident, in pages.
std::uint64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

StatusPublisher::StatusPublisher(asio::io_context& io, std::unique_ptr<StatusServer> server,
                                 std::function<StatusPages()> look)
    : timer_(io), server_(std::move(server)), look_(std::move(look)) {}

void StatusPublisher::start() {
  if (!server_) return;
  server_->start();
  publish_after(std::chrono::seconds(0));
}

void StatusPublisher::stop() {
  stopped_ = true;
  timer_.cancel();
}

void StatusPublisher::publish_after(std::chrono::seconds pause) {
  timer_.expires_after(pause);
  timer_.async_wait([this](const asio::error_code& error) {
    // One that was due already is not cancelled by stop.
    if (error || stopped_) return;
    server_->publish(look_());
    publish_after(kInterval);
  });
}

ProcessMetrics own_process_metrics() {
  static const double started =
      std::chrono::duration<double>(wall_now().time_since_epoch()).count();
  ProcessMetrics process;
  process.version = version_number();
  process.started = started;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  process.cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  process.memory = resident_memory();
  return process;
}

}  // namespace shoal
