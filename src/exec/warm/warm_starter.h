#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exec/descriptor.h"
#include "exec/preparation.h"
#include "exec/spawn.h"
#include "exec/warm/fork_server.h"
#include "exec/warm/warm_line.h"

namespace shoal {

/// Told on the event loop, never from inside WarmStarter::start.
class WarmStarts {
 public:
  virtual ~WarmStarts() = default;
  /// The command's process is there, as a child of this process and in a group
  /// of its own, and waits. True: it shall begin. False: it ends at once, and
  /// the caller has nothing more to do with it.
  virtual bool on_warm_start(std::uint32_t slot, SpawnedProcess process) = 0;
  /// The command must start cold.
  virtual void on_warm_refusal(std::uint32_t slot) = 0;
};

/// What a command that started warm left when it ended.
struct WarmNote {
  Duration spared{0};        // what its imports took when they were done ahead
  std::uint64_t shared = 0;  // bytes of its memory that others pay for
};

struct WarmPlace {
  RunFolders folders;
  std::string knowledge;              // folder for what is learnt, absolute
  std::string notes;                  // folder for notes and what servers print, absolute
  std::chrono::seconds idle{300};     // after which a server that nobody asks ends
  std::chrono::seconds patience{15};  // with an import that does not end
};

/// Lets commands start in fork servers: one for each interpreter and
/// environment, started when it is needed. Whatever goes wrong with a server,
/// its commands start in another one, or cold; a command begins once or not at
/// all.
class WarmStarter {
 public:
  /// All must outlive it. `null` is a descriptor of /dev/null.
  WarmStarter(asio::io_context& io, WarmStarts& starts, WarmPlace place, std::uint32_t slots,
              int null);
  WarmStarter(const WarmStarter&) = delete;
  WarmStarter& operator=(const WarmStarter&) = delete;
  ~WarmStarter();

  /// Starts the line in the slot, with `environment` (null-terminated, copied)
  /// and what it prints going to `output`. Answered by one of WarmStarts' calls.
  void start(std::uint32_t slot, const WarmLine& line, char* const* environment, int output);
  /// Takes back a start that was not answered.
  void abandon(std::uint32_t slot);
  /// Of the command that started warm in the slot and has ended.
  WarmNote take_note(std::uint32_t slot) const;

  /// Why commands start cold that could start warm; a sentence, empty: nothing
  /// went wrong.
  const std::string& trouble() const { return trouble_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Server {
    ForkServerPlace place;
    std::vector<std::string> environment;  // what place.environment points to
    std::vector<char*> pointers;
    std::unique_ptr<ForkServer> process;
    std::string knowledge_file;
    bool is_ready = false;
    bool is_leaving = false;  // it said so, to be replaced
    bool is_off = false;      // it fails again and again, or cannot be used
    unsigned replacements = 0;
    unsigned failures = 0;
    std::string importing;      // when it was looked at last
    Clock::time_point changed;  // since when
    Clock::time_point used;
  };
  struct Start {
    std::uint32_t slot = 0;
    Server* server = nullptr;
    std::string request;
    int output = -1;
    std::unique_ptr<asio::posix::stream_descriptor> control;  // once it was sent
    unsigned tries = 0;
    Clock::time_point since;
  };
  using SharedStart = std::shared_ptr<Start>;

  Server& server_for(const WarmLine& line, char* const* environment);
  Expected<void> run(Server& server);
  void on_message(Server& server, std::string_view message);
  void on_end(Server& server);
  void replace(Server& server);
  void fail(Server& server, std::string why);
  void turn_off(Server& server, std::string why);
  static void blame(const Server& server);

  void proceed_soon(const SharedStart& start);
  void proceed(const SharedStart& start);
  void send(const SharedStart& start);
  void await_answer(const SharedStart& start);
  void on_answer(const SharedStart& start, std::string_view answer);
  void begin(const SharedStart& start, pid_t pid);
  void refuse(const SharedStart& start);
  bool is_current(const SharedStart& start) const;
  std::vector<SharedStart> starts_of(const Server& server, bool sent) const;

  void watch_servers();
  void look_at_servers();
  bool is_stuck(Server& server, const std::vector<SharedStart>& waiting);
  std::string note_path(std::uint32_t slot) const;

  asio::io_context& io_;
  WarmStarts& starts_;
  WarmPlace place_;
  int null_;
  std::map<std::uint64_t, Server> servers_;  // by interpreter and environment
  std::vector<SharedStart> slots_;           // what is under way in each
  unsigned under_way_ = 0;                   // starts that were sent and not answered
  unsigned servers_started_ = 0;
  asio::steady_timer timer_;  // runs while there is a server
  bool watches_servers_ = false;
  std::string trouble_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal
