#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/view/terminal_emulator.h"
#include "view/run_view.h"

namespace shoal {

using Rows = std::vector<std::string>;

inline const LocalTime kNoon{std::chrono::local_days{std::chrono::year{2025} / 11 / 24} +
                             std::chrono::hours(12)};

inline RunTexts texts(std::uint32_t count) {
  RunTexts texts;
  texts.command_count = count;
  texts.text = [](CommandId id) {
    return fmt::format("asreview simulate data/{}.csv", number(id));
  };
  texts.line = [](CommandId id) { return number(id) + 20; };
  texts.group = [](CommandId id) {
    return number(id) <= 2 ? "" : number(id) <= 6 ? "Small_A" : "Small_B";
  };
  return texts;
}

/// Drives a view as the host does, with a clock of its own, and keeps what it
/// writes on a terminal and as text.
class Session {
 public:
  Session(RunTexts run_texts, ViewOptions options)
      : counts_{.total = run_texts.command_count, .ready = run_texts.command_count},
        view_(std::move(run_texts), options, [this](std::string_view bytes) {
          ++writes;
          written += bytes;
          terminal.write(bytes);
        }) {}

  void start(std::uint32_t id) {
    --counts_.ready;
    ++counts_.running;
    view_.on_started(CommandId{id}, now_);
  }
  void end(std::uint32_t id, EndClass end, int exit_code, Duration wall, bool again = false) {
    AttemptResult result;
    result.command = CommandId{id};
    result.end = end;
    result.exit_code = exit_code;
    result.wall = wall;
    view_.on_ended(result, now_);
    --counts_.running;
    const bool ok = end == EndClass::ok;
    if (again)
      ++counts_.ready;
    else
      ++(ok ? counts_.done : counts_.failed);
    const CommandState state = again ? CommandState::ready
                               : ok  ? CommandState::done
                                     : CommandState::failed;
    view_.on_settled({CommandId{id}, AttemptNumber{1}, state, end, std::nullopt}, now_);
  }
  void done_before(std::uint32_t id) {
    --counts_.ready;
    ++counts_.done;
    view_.on_done_before(CommandId{id});
  }
  void ok(std::uint32_t id) { end(id, EndClass::ok, 0, std::chrono::seconds(2)); }
  void fail(std::uint32_t id) { end(id, EndClass::failed, 1, std::chrono::milliseconds(2100)); }

  void pass(Duration time) {
    now_ += time;
    view_.refresh({counts_, left, now_, kNoon + now_.time_since_epoch()}, size_);
  }
  void resize(std::size_t columns, std::size_t rows) {
    size_ = {columns, rows};
    terminal.resize(columns, rows);
  }
  RunView& view() { return view_; }
  Rows seen() const { return terminal.everything(); }
  bool sees(std::string_view part) const {
    const Rows rows = terminal.everything();
    return std::any_of(rows.begin(), rows.end(),
                       [&](const std::string& row) { return row.find(part) != std::string::npos; });
  }

  /// How many lines that were written have the part.
  int lines_with(std::string_view part) const {
    int count = 0;
    for (std::size_t at = written.find(part); at != std::string::npos;
         at = written.find(part, at)) {
      ++count;
      at = written.find('\n', at);
    }
    return count;
  }

  TerminalEmulator terminal{100, 24};
  std::string written;
  int writes = 0;
  std::optional<Duration> left;

 private:
  TerminalSize size_{100, 24};
  Scheduler::Counts counts_;
  Instant now_{};
  RunView view_;
};

inline ViewOptions on_terminal(Verbosity verbosity = Verbosity::normal) {
  return {.verbosity = verbosity, .terminal = true, .color = true, .unicode = true};
}
inline ViewOptions in_a_file(Verbosity verbosity = Verbosity::normal) {
  return {.verbosity = verbosity, .terminal = false, .color = false, .unicode = true};
}

}  // namespace shoal
