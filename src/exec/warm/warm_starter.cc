#include "exec/warm/warm_starter.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/text.h"
#include "exec/machine.h"
#include "exec/warm/warm_request.h"

namespace shoal {
namespace {

constexpr unsigned kMostTries = 3;
/// A command waits for what is being imported for it; that takes about as long as
/// the command would need for its imports, and on a slow or busy machine both
/// take long, and longer still beside each other. But never longer than this.
constexpr std::chrono::seconds kMostGrowth{10};
constexpr std::chrono::seconds kLookInterval{1};
constexpr std::chrono::seconds kPause{5};  // nobody asks right now
constexpr double kShortMemory = 0.05;      // the share that is left

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> with_assignments(char* const* environment,
                                          const std::vector<std::string>& assignments) {
  std::vector<std::string> variables;
  for (; *environment != nullptr; ++environment) {
    bool is_replaced = false;
    for (const std::string& assignment : assignments) {
      is_replaced = is_replaced || name_of(*environment) == name_of(assignment);
    }
    if (!is_replaced) variables.emplace_back(*environment);
  }
  variables.insert(variables.end(), assignments.begin(), assignments.end());
  return variables;
}

std::uint64_t key_of(const WarmLine& line, const std::vector<std::string>& environment) {
  std::uint64_t key = hash64(line.interpreter_name, hash64(line.interpreter));
  for (const std::string& variable : environment) key = hash64("\n", hash64(variable, key));
  return key;
}

}  // namespace

WarmStarter::WarmStarter(asio::io_context& io, WarmStarts& starts, WarmPlace place,
                         std::uint32_t slots, int null)
    : io_(io),
      starts_(starts),
      place_(std::move(place)),
      null_(null),
      slots_(slots),
      began_in_(slots),
      timer_(io) {}

WarmStarter::~WarmStarter() { *alive_ = false; }

std::string WarmStarter::trouble() const {
  for (const auto& [key, server] : servers_) {
    if (!server->trouble().empty()) return server->trouble();
  }
  return {};
}

WarmServer& WarmStarter::server_for(const WarmLine& line, char* const* environment) {
  std::vector<std::string> variables = with_assignments(environment, line.assignments);
  std::unique_ptr<WarmServer>& server = servers_[key_of(line, variables)];
  if (!server) {
    WarmServer::Place place;
    place.interpreter = line.interpreter;
    place.interpreter_name = line.interpreter_name;
    place.environment = std::move(variables);
    place.working_directory = place_.folders.descriptor;
    place.input = null_;
    place.knowledge = place_.knowledge;
    place.logs = place_.notes;
    std::unique_ptr<WarmServer>* const at = &server;
    server = std::make_unique<WarmServer>(io_, std::move(place), adoption_, servers_started_,
                                          [this, at] { on_change(**at); });
  }
  return *server;
}

void WarmStarter::start(std::uint32_t slot, const WarmLine& line, char* const* environment,
                        int output) {
  auto start = std::make_shared<Start>();
  start->slot = slot;
  start->server = &server_for(line, environment);
  start->request = warm_request(line, note_path(slot));
  start->output = output;
  start->since = Clock::now();
  ::unlink(note_path(slot).c_str());
  slots_[slot] = start;
  proceed_soon(start);
}

void WarmStarter::abandon(std::uint32_t slot) {
  // Where its child comes nevertheless, the answer finds nobody to begin for.
  slots_[slot].reset();
}

bool WarmStarter::is_current(const SharedStart& start) const {
  return slots_[start->slot] == start;
}

void WarmStarter::proceed_soon(const SharedStart& start) {
  asio::post(io_, [this, alive = alive_, start] {
    if (*alive && is_current(start)) proceed(start);
  });
}

void WarmStarter::proceed(const SharedStart& start) {
  WarmServer& server = *start->server;
  server.wake();
  if (server.is_off()) return refuse(start);
  watch_servers();
  if (!server.is_ready() || start->control) return;
  if (server.is_growing() && !start->is_impatient) return await_growth(start);
  send(start);
}

void WarmStarter::await_growth(const SharedStart& start) {
  if (start->patience) return;
  start->patience = std::make_unique<asio::steady_timer>(io_, kMostGrowth);
  const std::weak_ptr weak = start;  // when it has begun, nothing waits any more
  start->patience->async_wait([this, alive = alive_, weak](const asio::error_code& error) {
    const SharedStart waiting = weak.lock();
    if (error || !*alive || !waiting || !is_current(waiting)) return;
    waiting->is_impatient = true;
    proceed(waiting);
  });
}

/// Those that were sent get no answer any more where their server has ended, and
/// ask again.
void WarmStarter::on_change(const WarmServer& server) {
  for (const SharedStart& start : starts_of(server)) {
    if (!start->control) proceed_soon(start);
  }
}

/// The child's end of the control socket goes to the server. When this end is
/// closed before the child was told to begin, the child ends.
void WarmStarter::send(const SharedStart& start) {
  auto control = seqpacket_pair();
  if (!control) return refuse(start);
  adoption_->begin();
  if (!start->server->ask(start->request, {control->second.get(), null_, start->output})) {
    const bool server_is_dead = errno == EPIPE || errno == ECONNRESET;
    adoption_->end();
    if (!server_is_dead) refuse(start);  // the line is too long
    return;                              // its end is about to be noticed
  }
  start->since = Clock::now();
  start->control = std::make_unique<asio::posix::stream_descriptor>(io_, control->first.release());
  await_answer(start);
}

void WarmStarter::await_answer(const SharedStart& start) {
  start->control->async_wait(
      asio::posix::descriptor_base::wait_read,
      [this, alive = alive_, start](const asio::error_code& error) {
        if (error || !*alive) return;
        std::array<char, 512> buffer;
        const ssize_t size =
            ::recv(start->control->native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return await_answer(start);
        const std::string answer(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        on_answer(start, answer);
      });
}

void WarmStarter::on_answer(const SharedStart& start, std::string_view answer) {
  adoption_->end();
  if (const std::optional<pid_t> pid = enrolled_child(answer)) {
    if (is_current(start)) return begin(start, *pid);
    return end_child(*pid);
  }
  if (!is_current(start)) return;
  if (!answer.empty() || ++start->tries >= kMostTries) return refuse(start);
  start->control.reset();
  proceed_soon(start);
}

void WarmStarter::begin(const SharedStart& start, pid_t pid) {
  SpawnedProcess process{pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (process.pidfd < 0) {
    end_child(pid);
    return refuse(start);
  }
  slots_[start->slot].reset();
  began_in_[start->slot] = start->server;
  if (!starts_.on_warm_start(start->slot, process)) return end_child(pid);
  let_begin(start->control->native_handle());
}

void WarmStarter::refuse(const SharedStart& start) {
  slots_[start->slot].reset();
  starts_.on_warm_refusal(start->slot);
}

std::vector<WarmStarter::SharedStart> WarmStarter::starts_of(const WarmServer& server) const {
  std::vector<SharedStart> found;
  for (const SharedStart& start : slots_) {
    if (start && start->server == &server) found.push_back(start);
  }
  return found;
}

void WarmStarter::watch_servers() {
  if (watches_servers_) return;
  watches_servers_ = true;
  timer_.expires_after(kLookInterval);
  timer_.async_wait([this, alive = alive_](const asio::error_code& error) {
    if (error || !*alive) return;
    watches_servers_ = false;
    look_at_servers();
  });
}

/// Ends servers that do not answer, that nobody asks any more, and, when memory
/// is short, those that nobody asks right now.
void WarmStarter::look_at_servers() {
  const bool memory_is_short = memory_left() < kShortMemory;
  const Clock::time_point now = Clock::now();
  bool is_any_left = false;
  for (auto& [key, server] : servers_) {
    if (!server->is_running()) continue;
    const std::vector<SharedStart> waiting = starts_of(*server);
    const Clock::duration unused = now - server->used();
    const bool is_stuck = std::ranges::any_of(
        waiting, [&](const SharedStart& start) { return now - start->since > place_.patience; });
    if (is_stuck) {
      // Those that wait have waited long enough.
      for (const SharedStart& start : waiting) refuse(start);
      server->fail("its fork server was stuck");
    } else if (waiting.empty() &&
               (unused >= place_.idle || (memory_is_short && unused >= kPause))) {
      server->rest();
    }
    is_any_left = is_any_left || server->is_running();
  }
  if (is_any_left) watch_servers();
}

std::string WarmStarter::note_path(std::uint32_t slot) const {
  return place_.notes + "/slot-" + std::to_string(slot);
}

WarmNote WarmStarter::take_note(std::uint32_t slot) {
  constexpr std::uint64_t kKibibyte = 1024;
  WarmNote note;
  double spared = 0;
  std::uint64_t shared = 0;
  std::ifstream file(note_path(slot));
  unsigned learnt = 0;
  if (file >> spared >> shared >> learnt) {
    note.spared = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(spared));
    note.shared = shared * kKibibyte;
    if (learnt > 0 && began_in_[slot] != nullptr) began_in_[slot]->learn();
  }
  return note;
}

}  // namespace shoal
