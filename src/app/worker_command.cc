#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>

#include "amqp/crew.h"
#include "amqp/work_folder.h"
#include "amqp/worker.h"
#include "app/broker_choice.h"
#include "app/commands.h"
#include "app/run_executor.h"
#include "app/run_settings.h"
#include "app/status_publisher.h"
#include "app/terminal.h"
#include "app/version.h"
#include "exec/machine.h"

namespace shoal {
namespace {

/// How often the files of --ready-file and --alive-file are brought up to date.
constexpr std::chrono::seconds kHealthInterval{2};

/// Another one after each start: what an earlier worker of this host held is
/// not this one's. It also names a folder.
WorkerName new_worker_name(const std::string& host) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::string name;
  for (const char c : host) name += (std::isalnum(static_cast<unsigned char>(c)) != 0) ? c : '-';
  name += fmt::format("-{}-", ::getpid());
  for (int i = 0; i < 4; ++i) name += kLetters[random() % kLetters.size()];
  return name;
}

void log_line(std::string_view text) {
  const std::tm now = fmt::localtime(std::time(nullptr));
  Terminal::write_stderr(fmt::format("{:%Y-%m-%d %H:%M:%S} {}\n", now, text));
}

/// Tells whoever watches the worker (a container's probes) how it is.
class Health {
 public:
  Health(asio::io_context& io, std::string ready_file, std::string alive_file)
      : timer_(io), ready_file_(std::move(ready_file)), alive_file_(std::move(alive_file)) {}
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;
  ~Health() { remove_files(); }

  void watch(const Worker& worker) {
    if (!alive_file_.empty()) std::ofstream(alive_file_) << "alive\n";
    if (!ready_file_.empty() && worker.is_connected()) std::ofstream(ready_file_) << "ready\n";
    if (!worker.is_connected()) remove(ready_file_);
    timer_.expires_after(kHealthInterval);
    timer_.async_wait([this, &worker](const asio::error_code& error) {
      if (!error && !ended_) watch(worker);
    });
  }
  void end() {
    ended_ = true;
    timer_.cancel();
    remove_files();
  }

 private:
  static void remove(const std::string& file) {
    if (!file.empty()) ::unlink(file.c_str());
  }
  void remove_files() {
    remove(ready_file_);
    remove(alive_file_);
  }

  asio::steady_timer timer_;
  std::string ready_file_;
  std::string alive_file_;
  bool ended_ = false;
};

Expected<WorkerOptions> check(const WorkerOptionsGiven& given) {
  WorkerOptions options;
  auto broker = broker_of(given.broker);
  if (!broker) return tl::unexpected(broker.error());
  options.broker = std::move(*broker);
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(given.folder, error);
  if (error || !std::filesystem::is_directory(folder)) {
    return input_error(given.folder, "this is no folder", "Give the run's folder with --workdir");
  }
  options.place.work_folder = folder.string();
  options.place.slots = given.slots.value_or(usable_cores());
  const auto memory = read_memory(given.memory);
  if (!memory) return tl::unexpected(memory.error());
  options.place.memory_limit = *memory;
  const auto warm = read_warm(given.warm);
  if (!warm) return tl::unexpected(warm.error());
  options.place.warm = *warm;
  const auto idle_exit = read_time("--idle-exit", given.idle_exit, Duration::zero());
  if (!idle_exit) return tl::unexpected(idle_exit.error());
  options.idle_exit = *idle_exit;
  const auto grace = read_time("--grace", given.grace, Duration::zero());
  if (!grace) return tl::unexpected(grace.error());
  options.grace = *grace;
  options.keep = given.keep;
  auto crew = Crew::join(options.place.work_folder, given.crew);
  if (!crew) return tl::unexpected(crew.error());
  options.crew = std::move(*crew);
  options.classes = given.classes;
  auto folder_id = work_folder_id(options.place.work_folder);
  if (!folder_id) return tl::unexpected(folder_id.error());
  options.folder_id = std::move(*folder_id);
  options.host = host_name();
  options.place.name = new_worker_name(options.host);
  options.version = version_number();
  options.link = link_options("shoal worker " + options.place.name);
  return options;
}

StatusPages pages_of(const Worker& worker, std::uint32_t slots) {
  return {metrics_text(WorkerMetrics{own_process_metrics(), worker.is_connected(), slots,
                                     worker.running(), worker.tasks(), worker.attempts()}),
          worker.is_connected() ? "" : "there is no connection to the broker"};
}

}  // namespace

Expected<int> worker_command(const WorkerOptionsGiven& given) {
  auto options = check(given);
  if (!options) return tl::unexpected(options.error());
  log_line(fmt::format("worker {} with {} slot{} in {}", options->place.name, options->place.slots,
                       options->place.slots == 1 ? "" : "s", options->place.work_folder));
  auto server = StatusServer::listen(given.listen);
  if (!server) return tl::unexpected(server.error());
  const std::uint32_t slots = options->place.slots;
  asio::io_context io(1);
  options->place.make_follow_up =
      upload_after(io, std::make_shared<LazyUploader>(process_sources(), UploaderOptions{}),
                   options->place.work_folder);
  asio::signal_set signals(io, SIGINT, SIGTERM, SIGHUP);
  Health health(io, given.ready_file, given.alive_file);
  bool has_left = false;
  std::function<void()> say_no_more;
  Worker worker(io, std::move(*options), log_line, [&] {
    has_left = true;
    signals.cancel();
    health.end();
    say_no_more();
  });
  StatusPublisher status(io, std::move(*server), [&] { return pages_of(worker, slots); });
  say_no_more = [&] { status.stop(); };
  int signals_seen = 0;
  int first_signal = 0;
  std::function<void()> await_signal = [&] {
    signals.async_wait([&](const asio::error_code& error, int signal) {
      if (error || has_left) return;
      if (first_signal == 0) first_signal = signal;
      // The third one means now: the guardian stops what still runs.
      if (++signals_seen > 2) ::_exit(exit_code::after_signal(first_signal));
      worker.leave();
      await_signal();
    });
  };
  await_signal();
  health.watch(worker);
  status.start();
  io.run();
  if (worker.error()) return tl::unexpected(*worker.error());
  log_line("has left");
  // Whoever runs it in a container's Job must be able to tell: 0 is for a
  // worker that has nothing left to do, and is not replaced.
  return first_signal == 0 ? exit_code::kAllDone : exit_code::after_signal(first_signal);
}

}  // namespace shoal
