#include <fmt/format.h>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "amqp/broker_executor.h"
#include "amqp/work_folder.h"
#include "app/broker_choice.h"
#include "app/doctor_checks.h"
#include "app/run_choice.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatienceForWorkers = 6s;
constexpr auto kGathering = 4s;  // each worker speaks every three
constexpr auto kPatienceForProbes = 60s;
constexpr std::uint32_t kMostProbes = 64;

/// A small run of commands that write files, and then of commands that read
/// all of them, each for as many slots as there are.
class Probes : public ExecutorEvents {
 public:
  Probes(asio::io_context& io, std::string folder)
      : io_(io), timer_(io), folder_(std::move(folder)) {
    after(kPatienceForWorkers, [this] { io_.stop(); });
  }
  void use(BrokerExecutor& executor) { executor_ = &executor; }

  void on_capacity(Capacity capacity) override {
    slots_ = capacity.slots;
    if (capacity.slots == 0 || std::exchange(gathers_, true)) return;
    after(kGathering, [this] {
      after(kPatienceForProbes, [this] { io_.stop(); });
      start_wave();
    });
  }
  void on_ended(AttemptResult result) override {
    --open_;
    workers_.insert(result.worker);
    if (wave_ == 1 && result.end == EndClass::ok && !sees(number(result.command))) {
      late_here_.insert(result.worker);
    }
    if (result.end != EndClass::ok) failed_.insert(result.worker);
    if (open_ > 0) return;
    if (wave_ == 1) return start_wave();
    finished_ = true;
    io_.stop();
  }
  void on_notice(std::string_view sentence) override { notices_.emplace_back(sentence); }
  void on_broken(Error error) override {
    error_ = std::move(error);
    io_.stop();
  }

  void tell(Findings& findings) const {
    for (const std::string& notice : notices_) findings.note(notice);
    if (error_) return findings.bad(error_->sentence());
    if (wave_ == 0) {
      return findings.note(
          "No worker is there. Start some (shoal worker) and ask again, to see whether they share "
          "this folder.");
    }
    if (!finished_) return findings.bad("Workers are there, but their results do not come.");
    findings.good(fmt::format("{} worker{} with {} slot{} took part.", workers_.size(),
                              workers_.size() == 1 ? "" : "s", slots_, slots_ == 1 ? "" : "s"));
    tell_of(failed_, "does not see what other workers wrote", findings);
    tell_of(late_here_, "wrote what this machine does not see at once", findings);
    if (failed_.empty() && late_here_.empty()) {
      findings.good("What one of them writes is seen by all at once.");
    }
  }

 private:
  void after(std::chrono::seconds time, std::function<void()> then) {
    timer_.expires_after(time);
    timer_.async_wait([then = std::move(then)](const asio::error_code& error) {
      if (!error) then();
    });
  }
  std::string file(std::uint32_t number) const {
    return fmt::format("{}/file-{}", folder_, number);
  }
  bool sees(std::uint32_t number) const { return std::filesystem::exists(file(number)); }

  void start_wave() {
    ++wave_;
    count_ = wave_ == 1 ? std::min(slots_, kMostProbes) : count_;
    open_ = count_;
    for (std::uint32_t i = 1; i <= count_; ++i) {
      AttemptSpec spec;
      spec.command = CommandId{wave_ == 1 ? i : count_ + i};
      spec.attempt = AttemptNumber{1};
      // Long enough that no worker takes another's share.
      spec.text = wave_ == 1 ? fmt::format("sleep 0.5; echo {} >{}", i, relative_file(i))
                             : "sleep 0.5; " + reading_all();
      executor_->start(std::move(spec));
    }
  }
  std::string relative_file(std::uint32_t number) const {
    return ".shoal/" + std::filesystem::path(folder_).filename().string() + "/file-" +
           std::to_string(number);
  }
  std::string reading_all() const {
    std::string text = "cat";
    for (std::uint32_t i = 1; i <= count_; ++i) text += " " + relative_file(i);
    return text + " >/dev/null";
  }
  static void tell_of(const std::set<std::string>& workers, const std::string& what,
                      Findings& findings) {
    for (const std::string& worker : workers) {
      findings.bad(
          fmt::format("Worker {} {}: is it the same volume? On NFS, mount with actimeo=3 or less.",
                      worker, what));
    }
  }

  asio::io_context& io_;
  asio::steady_timer timer_;
  std::string folder_;
  BrokerExecutor* executor_ = nullptr;
  std::uint32_t slots_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t open_ = 0;
  int wave_ = 0;
  bool gathers_ = false;
  bool finished_ = false;
  std::set<std::string> workers_;
  std::set<std::string> failed_;
  std::set<std::string> late_here_;
  std::vector<std::string> notices_;
  std::optional<Error> error_;
};

}  // namespace

void check_workers(const BrokerAddress& broker, const std::string& folder, Findings& findings) {
  const RunId run = new_run_id();
  const std::string run_folder = folder + "/.shoal/doctor-" + run.text();
  const auto id = work_folder_id(folder);
  if (!id) return;  // said already
  asio::io_context io(1);
  Probes probes(io, run_folder);
  BrokerExecutorOptions options{.broker = broker,
                                .link = link_options("shoal doctor"),
                                .names = {},
                                .run = {.run = run,
                                        .folder = *id,
                                        .resource_classes = {"default"},
                                        .run_folder = ".shoal/doctor-" + run.text(),
                                        .lease_death = 45s},
                                .run_folder = run_folder};
  auto executor = BrokerExecutor::create(io, probes, std::move(options), {});
  if (!executor) return findings.bad(executor.error().sentence());
  probes.use(**executor);
  io.run();
  (*executor)->close(BrokerExecutor::Goodbye::stopped);
  io.restart();
  io.run_for(10s);
  std::error_code ignored;
  std::filesystem::remove_all(run_folder, ignored);
  probes.tell(findings);
}

}  // namespace shoal
