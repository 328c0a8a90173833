#include "exec/warm/warm_server.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace shoal {
namespace {

/// A file that it has imported changes each time.
constexpr unsigned kMostReplacements = 10;
constexpr unsigned kMostFailures = 3;

}  // namespace

WarmServer::WarmServer(asio::io_context& io, Place place, std::shared_ptr<OrphanAdoption> adoption,
                       unsigned& servers_started, std::function<void()> on_change)
    : io_(io),
      place_(std::move(place)),
      adoption_(std::move(adoption)),
      servers_started_(servers_started),
      on_change_(std::move(on_change)) {
  for (std::string& variable : place_.environment) environment_.push_back(variable.data());
  environment_.push_back(nullptr);
}

WarmServer::~WarmServer() {
  if (growth_) growth_->cancel();
}

void WarmServer::wake() {
  if (is_off_ || process_) return;
  if (const auto started = run(); !started) turn_off(started.error().message);
}

Expected<void> WarmServer::run() {
  std::error_code ignored;
  std::filesystem::create_directories(place_.logs, ignored);
  std::filesystem::create_directories(place_.knowledge, ignored);
  const std::string log = place_.logs + "/server-" + std::to_string(++servers_started_) + ".log";
  const FileDescriptor output = above_standard(FileDescriptor(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)));
  if (!output) return infrastructure_error(log, "cannot be written");
  ForkServerPlace place;
  place.interpreter = place_.interpreter;
  place.interpreter_name = place_.interpreter_name;
  place.environment = environment_.data();
  place.working_directory = place_.working_directory;
  place.input = place_.input;
  place.output = output.get();
  place.knowledge = place_.knowledge;
  is_ready_ = is_leaving_ = false;
  used_ = std::chrono::steady_clock::now();
  auto process = ForkServer::start(io_, place, listener());
  if (!process) return tl::unexpected(process.error());
  process_ = std::move(*process);
  return {};
}

ForkServer::OnMessage WarmServer::listener() {
  return [this](std::string_view message) { on_message(message); };
}

bool WarmServer::ask(const std::string& request, const std::vector<int>& descriptors) {
  used_ = std::chrono::steady_clock::now();
  return process_->send(request, descriptors);
}

void WarmServer::on_message(std::string_view message) {
  constexpr std::string_view kUnfit = "unfit ";
  if (message == "ready") {
    is_ready_ = true;
    grow();
    on_change_();
  } else if (message.starts_with(kUnfit)) {
    turn_off(std::string(message.substr(kUnfit.size())));
  } else if (message == "restart") {
    is_leaving_ = true;
  } else if (message.empty()) {
    if (is_leaving_) return replace();
    fail(is_ready_ ? "its fork server died" : "its fork server did not start");
  }
}

void WarmServer::learn() {
  if (growth_) {
    learns_again_ = true;
  } else if (is_ready_) {
    grow();
  }
}

/// Where it cannot be asked, its end is about to be noticed.
void WarmServer::grow() {
  learns_again_ = false;
  growth_ = Growth::start(io_, *process_, adoption_,
                          [this](Growth::Outcome outcome) { on_growth(std::move(outcome)); });
}

void WarmServer::on_growth(Growth::Outcome outcome) {
  growth_.reset();
  if (outcome.is_stale) return replace();
  if (outcome.process.pid > 0) hand_over(std::move(outcome));
  if (learns_again_) grow();
  on_change_();
}

void WarmServer::hand_over(Growth::Outcome outcome) {
  retired_.push_back(std::move(process_));
  ForkServer* const earlier = retired_.back().get();
  earlier->retire([this, earlier] {
    std::erase_if(retired_, [&](const auto& server) { return server.get() == earlier; });
  });
  process_ = ForkServer::adopt(io_, outcome.process, std::move(outcome.channel), listener());
  let_begin(outcome.control.get());
}

void WarmServer::end_process() {
  if (growth_) growth_->cancel();
  growth_.reset();
  process_.reset();
  is_ready_ = false;
}

void WarmServer::rest() { end_process(); }

/// The next one that asks brings up another.
void WarmServer::replace() {
  end_process();
  if (++replacements_ > kMostReplacements) {
    return turn_off("what it imports changes again and again");
  }
  on_change_();
}

void WarmServer::fail(std::string why) {
  end_process();
  if (++failures_ >= kMostFailures) return turn_off(std::move(why));
  trouble_ = place_.interpreter + ": " + std::move(why);
  on_change_();
}

void WarmServer::turn_off(std::string why) {
  end_process();
  is_off_ = true;
  trouble_ = place_.interpreter + ": " + std::move(why);
  on_change_();
}

}  // namespace shoal
