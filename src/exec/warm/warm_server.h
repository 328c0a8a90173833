#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exec/warm/enrolment.h"
#include "exec/warm/fork_server.h"
#include "exec/warm/growth.h"

namespace shoal {

/// One fork server after the other for an interpreter and an environment: when
/// there is something to learn, the next one grows beside the one that serves;
/// when one dies, another is started.
class WarmServer {
 public:
  struct Place {
    std::string interpreter;
    std::string interpreter_name;          // its first argument
    std::vector<std::string> environment;  // "NAME=value"
    int working_directory = -1;            // descriptor
    int input = -1;
    std::string knowledge;  // folder for what is learnt, absolute
    std::string logs;       // folder for what it prints, absolute
  };
  /// `on_change` is called from the event loop when it may be asked now, has
  /// grown or not, or is off. `adoption` and `servers_started`, which numbers
  /// logs, are shared by all.
  WarmServer(asio::io_context& io, Place place, std::shared_ptr<OrphanAdoption> adoption,
             unsigned& servers_started, std::function<void()> on_change);
  WarmServer(const WarmServer&) = delete;
  WarmServer& operator=(const WarmServer&) = delete;
  ~WarmServer();

  /// It fails again and again, or cannot be used: commands must start cold.
  bool is_off() const { return is_off_; }
  bool is_running() const { return process_ != nullptr; }
  bool is_ready() const { return is_ready_ && !is_off_; }
  /// What was learnt is being imported: commands that wait start faster.
  bool is_growing() const { return growth_ != nullptr; }

  /// Starts a process where there is none.
  void wake();
  /// Asks to start a command. False: it cannot be sent, as errno tells.
  bool ask(const std::string& request, const std::vector<int>& descriptors);
  /// A command has told of modules that it had to import.
  void learn();
  /// Ends its process; the next one that asks brings up another.
  void rest();
  /// Its process does not answer.
  void fail(std::string why);

  std::chrono::steady_clock::time_point used() const { return used_; }
  /// What went wrong last; a sentence, empty: nothing.
  const std::string& trouble() const { return trouble_; }

 private:
  Expected<void> run();
  void on_message(std::string_view message);
  void replace();
  void turn_off(std::string why);
  void end_process();
  void grow();
  void on_growth(Growth::Outcome outcome);
  void hand_over(Growth::Outcome outcome);
  ForkServer::OnMessage listener();

  asio::io_context& io_;
  Place place_;
  std::vector<char*> environment_;  // points into place_
  std::shared_ptr<OrphanAdoption> adoption_;
  unsigned& servers_started_;
  std::function<void()> on_change_;
  std::unique_ptr<ForkServer> process_;
  std::vector<std::unique_ptr<ForkServer>> retired_;  // that answer what they were sent
  std::shared_ptr<Growth> growth_;
  bool learns_again_ = false;  // when this growth has ended
  bool is_ready_ = false;
  bool is_leaving_ = false;  // it said so, to be replaced
  bool is_off_ = false;
  unsigned replacements_ = 0;
  unsigned failures_ = 0;
  std::chrono::steady_clock::time_point used_;
  std::string trouble_;
};

}  // namespace shoal
