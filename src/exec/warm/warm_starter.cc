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
#include <sstream>
#include <utility>

#include "base/text.h"
#include "exec/warm/warm_request.h"

namespace shoal {
namespace {

constexpr unsigned kMostTries = 3;
/// A module that must not be imported ahead is found by an import that stops
/// there, and each such find costs a server.
constexpr unsigned kMostReplacements = 10;
constexpr unsigned kMostFailures = 3;
constexpr std::chrono::seconds kLookInterval{1};
constexpr std::chrono::seconds kPause{5};  // nobody asks right now

/// A fork server forks a child whose parent ends at once; while this is on, the
/// child becomes a child of this process (prctl(2), PR_SET_CHILD_SUBREAPER).
void adopt_orphans(bool on) { ::prctl(PR_SET_CHILD_SUBREAPER, on ? 1UL : 0UL, 0UL, 0UL, 0UL); }

/// The machine has less than a twentieth of its memory left (proc(5)).
bool is_memory_short() {
  std::ifstream file("/proc/meminfo");
  std::uint64_t total = 0;
  std::uint64_t available = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t kibibytes = 0;
    words >> name >> kibibytes;
    if (name == "MemTotal:") total = kibibytes;
    if (name == "MemAvailable:") available = kibibytes;
  }
  return total > 0 && available > 0 && available < total / 20;
}

bool is_own_child(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void end_child(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

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
    : io_(io), starts_(starts), place_(std::move(place)), null_(null), slots_(slots), timer_(io) {}

WarmStarter::~WarmStarter() {
  *alive_ = false;
  if (under_way_ > 0) adopt_orphans(false);
}

WarmStarter::Server& WarmStarter::server_for(const WarmLine& line, char* const* environment) {
  std::vector<std::string> variables = with_assignments(environment, line.assignments);
  const auto [at, is_new] = servers_.try_emplace(key_of(line, variables));
  Server& server = at->second;
  if (is_new) {
    server.environment = std::move(variables);
    for (std::string& variable : server.environment) server.pointers.push_back(variable.data());
    server.pointers.push_back(nullptr);
    server.place.interpreter = line.interpreter;
    server.place.interpreter_name = line.interpreter_name;
    server.place.environment = server.pointers.data();
    server.place.working_directory = place_.folders.descriptor;
    server.place.input = null_;
    server.place.knowledge = place_.knowledge;
  }
  return server;
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
  Server& server = *start->server;
  if (!server.is_off && !server.process) {
    if (auto run_now = run(server); !run_now) return turn_off(server, run_now.error().message);
  }
  if (server.is_off) return refuse(start);
  watch_servers();
  if (server.is_ready && !start->control) send(start);
}

/// The child's end of the control socket goes to the server. When this end is
/// closed before the child was told to begin, the child ends.
void WarmStarter::send(const SharedStart& start) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return refuse(start);
  FileDescriptor mine(ends[0]);
  const FileDescriptor its(ends[1]);
  if (under_way_ == 0) adopt_orphans(true);
  if (!start->server->process->send(start->request, {its.get(), null_, start->output})) {
    const bool server_is_dead = errno == EPIPE || errno == ECONNRESET;
    if (under_way_ == 0) adopt_orphans(false);
    if (!server_is_dead) refuse(start);  // the line is too long
    return;                              // its end is about to be noticed
  }
  ++under_way_;
  start->server->used = start->since = Clock::now();
  start->control = std::make_unique<asio::posix::stream_descriptor>(io_, mine.release());
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
  if (--under_way_ == 0) adopt_orphans(false);
  pid_t pid = -1;
  const char* const end = answer.data() + answer.size();
  const auto [stop, error] = std::from_chars(answer.data(), end, pid);
  const bool is_pid = error == std::errc() && stop == end && pid > 0;
  if (is_pid && is_own_child(pid)) {
    if (is_current(start)) return begin(start, pid);
    return end_child(pid);
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
  if (!starts_.on_warm_start(start->slot, process)) return end_child(pid);
  constexpr std::string_view kGo = "go";
  ::send(start->control->native_handle(), kGo.data(), kGo.size(), MSG_NOSIGNAL);
}

void WarmStarter::refuse(const SharedStart& start) {
  slots_[start->slot].reset();
  starts_.on_warm_refusal(start->slot);
}

std::vector<WarmStarter::SharedStart> WarmStarter::starts_of(const Server& server,
                                                             bool sent) const {
  std::vector<SharedStart> found;
  for (const SharedStart& start : slots_) {
    const bool was_sent = start && start->control;
    if (start && start->server == &server && was_sent == sent) found.push_back(start);
  }
  return found;
}

Expected<void> WarmStarter::run(Server& server) {
  std::error_code ignored;
  std::filesystem::create_directories(place_.notes, ignored);
  std::filesystem::create_directories(place_.knowledge, ignored);
  const std::string log = place_.notes + "/server-" + std::to_string(++servers_started_) + ".log";
  const FileDescriptor output = above_standard(FileDescriptor(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)));
  if (!output) return infrastructure_error(log, "cannot be written");
  server.place.output = output.get();
  server.is_ready = server.is_leaving = false;
  server.importing.clear();
  server.changed = server.used = Clock::now();
  auto process = ForkServer::start(
      io_, server.place, [this, &server](std::string_view text) { on_message(server, text); });
  if (!process) return tl::unexpected(process.error());
  server.process = std::move(*process);
  return {};
}

void WarmStarter::on_message(Server& server, std::string_view message) {
  constexpr std::string_view kReady = "ready ";
  constexpr std::string_view kUnfit = "unfit ";
  if (message.empty()) return on_end(server);
  if (message.starts_with(kReady)) {
    server.is_ready = true;
    server.knowledge_file = message.substr(kReady.size());
    for (const SharedStart& start : starts_of(server, false)) {
      if (is_current(start)) proceed(start);
    }
  } else if (message.starts_with(kUnfit)) {
    turn_off(server, std::string(message.substr(kUnfit.size())));
  } else if (message == "restart") {
    server.is_leaving = true;
  }
}

void WarmStarter::on_end(Server& server) {
  if (server.is_leaving) return replace(server);
  fail(server, server.is_ready ? "its fork server died" : "its fork server did not start");
}

/// The next start brings up another one.
void WarmStarter::replace(Server& server) {
  server.process.reset();
  server.is_ready = false;
  if (++server.replacements > kMostReplacements) {
    return turn_off(server, "what it imports changes again and again");
  }
  for (const SharedStart& start : starts_of(server, false)) proceed_soon(start);
}

void WarmStarter::fail(Server& server, std::string why) {
  const std::string importing = server.process->importing();
  if (!importing.empty()) why += " while it imported " + importing;
  blame(server);
  trouble_ = server.place.interpreter + ": " + why;
  server.process.reset();
  server.is_ready = false;
  if (++server.failures >= kMostFailures) return turn_off(server, std::move(why));
  for (const SharedStart& start : starts_of(server, false)) proceed_soon(start);
}

/// The module that was being imported is not imported ahead any more.
void WarmStarter::blame(const Server& server) {
  const std::string module = server.process->importing();
  if (module.empty() || server.knowledge_file.empty()) return;
  std::ofstream(server.knowledge_file, std::ios::app) << "-" + module + "\n";
}

/// What was sent gets no answer any more, or its child never begins.
void WarmStarter::turn_off(Server& server, std::string why) {
  server.is_off = true;
  server.is_ready = false;
  trouble_ = server.place.interpreter + ": " + std::move(why);
  server.process.reset();
  for (const SharedStart& start : starts_of(server, false)) refuse(start);
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

/// Ends servers that import something for ever, that nobody asks any more, and,
/// when memory is short, those that nobody asks right now.
void WarmStarter::look_at_servers() {
  const bool memory_is_short = is_memory_short();
  bool is_any_left = false;
  for (auto& [key, server] : servers_) {
    if (!server.process) continue;
    std::vector<SharedStart> waiting = starts_of(server, true);
    for (const SharedStart& start : starts_of(server, false)) waiting.push_back(start);
    const Clock::duration unused = Clock::now() - server.used;
    if (is_stuck(server, waiting)) {
      // Those that wait have waited long enough.
      for (const SharedStart& start : waiting) refuse(start);
      fail(server, "its fork server was stuck");
    } else if (waiting.empty() &&
               (unused >= place_.idle || (memory_is_short && unused >= kPause))) {
      server.process.reset();
      server.is_ready = false;
    }
    is_any_left = is_any_left || server.process;
  }
  if (is_any_left) watch_servers();
}

bool WarmStarter::is_stuck(Server& server, const std::vector<SharedStart>& waiting) {
  const Clock::time_point now = Clock::now();
  std::string importing = server.process->importing();
  if (importing != server.importing) {
    server.importing = std::move(importing);
    server.changed = now;
  }
  return std::ranges::any_of(waiting, [&](const SharedStart& start) {
    return now - std::max(server.changed, start->since) > place_.patience;
  });
}

std::string WarmStarter::note_path(std::uint32_t slot) const {
  return place_.notes + "/slot-" + std::to_string(slot);
}

WarmNote WarmStarter::take_note(std::uint32_t slot) const {
  constexpr std::uint64_t kKibibyte = 1024;
  WarmNote note;
  double spared = 0;
  std::uint64_t shared = 0;
  std::ifstream file(note_path(slot));
  if (file >> spared >> shared) {
    note.spared = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(spared));
    note.shared = shared * kKibibyte;
  }
  return note;
}

}  // namespace shoal
