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
#include "exec/warm/enrolment.h"
#include "exec/warm/warm_line.h"
#include "exec/warm/warm_server.h"

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
  std::chrono::seconds patience{15};  // with a server that does not answer
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
  WarmNote take_note(std::uint32_t slot);

  /// Why commands start cold that could start warm; a sentence, empty: nothing
  /// went wrong.
  std::string trouble() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Start {
    std::uint32_t slot = 0;
    WarmServer* server = nullptr;
    std::string request;
    int output = -1;
    std::unique_ptr<asio::posix::stream_descriptor> control;  // once it was sent
    unsigned tries = 0;
    Clock::time_point since;
    std::unique_ptr<asio::steady_timer> patience;  // once it waits for what is being learnt
    bool is_impatient = false;
  };
  using SharedStart = std::shared_ptr<Start>;

  WarmServer& server_for(const WarmLine& line, char* const* environment);
  void on_change(const WarmServer& server);

  void proceed_soon(const SharedStart& start);
  void proceed(const SharedStart& start);
  void send(const SharedStart& start);
  void await_answer(const SharedStart& start);
  void on_answer(const SharedStart& start, std::string_view answer);
  void begin(const SharedStart& start, pid_t pid);
  void refuse(const SharedStart& start);
  void await_growth(const SharedStart& start);
  bool is_current(const SharedStart& start) const;
  std::vector<SharedStart> starts_of(const WarmServer& server) const;

  void watch_servers();
  void look_at_servers();
  std::string note_path(std::uint32_t slot) const;

  asio::io_context& io_;
  WarmStarts& starts_;
  WarmPlace place_;
  int null_;
  std::shared_ptr<OrphanAdoption> adoption_ = std::make_shared<OrphanAdoption>();
  unsigned servers_started_ = 0;
  std::map<std::uint64_t, std::unique_ptr<WarmServer>> servers_;  // by interpreter and environment
  std::vector<SharedStart> slots_;                                // what is under way in each
  std::vector<WarmServer*> began_in_;                             // what runs or ran in each
  asio::steady_timer timer_;                                      // runs while there is a server
  bool watches_servers_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal
