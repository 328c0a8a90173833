#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "app/attempt_builder.h"
#include "app/project.h"
#include "app/terminal.h"
#include "base/error.h"
#include "journal/journal.h"
#include "sched/attempt_tally.h"
#include "sched/executor.h"
#include "sched/scheduler.h"
#include "sched/shape_history.h"
#include "view/run_view.h"

namespace shoal {

/// What became of a command that did not end as its user wished.
struct SettledTrouble {
  SettleAction settled;
  AttemptResult last;  // default for commands that never ran
};

struct SessionOutcome {
  Scheduler::Counts counts;
  std::vector<SettledTrouble> troubles;  // in the order in which they came
  std::vector<VerifiedStart> verified;   // of commands that were started on trial
  std::vector<SettleAction> incomplete;  // ran with less than all sources
  ResourceUsage usage;                   // sum of times, largest memory
  UploadCounts uploads;
  std::uint32_t warm = 0;  // attempts that started warm
  std::uint32_t cold = 0;  // and those that did not
  Duration spared{0};      // what that spared them
  Duration wall{0};
  bool interrupted = false;
  int signal = 0;                             // that asked for it first; 0: shoal cancel
  bool detached = false;                      // left while attempts were out, which go on elsewhere
  std::optional<Error> infrastructure_error;  // the journal, or the executor
};

/// One process's turn at a run: carries out what the scheduler asks for, and
/// tells the journal and the view. Everything happens on the io_context's
/// thread.
class RunSession : public ExecutorEvents {
 public:
  struct Parts {
    const Project* project = nullptr;
    const std::vector<CommandKey>* keys = nullptr;
    const std::vector<std::uint64_t>* shapes = nullptr;
    Scheduler* scheduler = nullptr;
    AttemptBuilder* builder = nullptr;
    JournalWriter* journal = nullptr;
    RunView* view = nullptr;
    const Terminal* terminal = nullptr;
    Executor* executor = nullptr;  // made with this session as its events
    std::string cancel_file;       // see shoal cancel
  };

  explicit RunSession(asio::io_context& io);

  /// Runs until nothing is left to do. All parts must live until it returns.
  SessionOutcome run(const Parts& parts);

  /// While it runs.
  RunProgress progress() const;
  /// Of this session.
  const AttemptTally& attempts() const { return attempts_; }

  void on_ended(AttemptResult result) override;
  void on_uploading(CommandId command, AttemptNumber attempt) override;
  void on_verified(VerifiedStart verified) override;
  void on_running(CommandId command, AttemptNumber attempt) override;
  void on_capacity(Capacity capacity) override;
  void on_notice(std::string_view sentence) override;
  void on_broken(Error error) override;
  bool make_durable() override;

 private:
  void carry_out();
  void start_all(std::vector<StartAction> starts);
  void note_settled(const SettleAction& settled);
  void count_uploads(const AttemptResult& result);
  void give_up(Error error, const std::vector<AttemptSpec>& not_started);
  void await_signal();
  void on_signal(int signal);
  void stop(bool cancelling);
  void look_for_cancel();
  void refresh_view() const;
  void announce_logs();
  void tick();
  void finish();

  asio::io_context& io_;
  Parts parts_;
  asio::signal_set signals_;
  asio::steady_timer ticker_;
  Actions actions_;
  bool finished_ = false;
  int signals_seen_ = 0;
  std::unordered_set<std::uint32_t> running_;    // by command number
  std::unordered_set<std::uint32_t> uploading_;  // likewise
  /// By command number, of those whose files are not all there: what is.
  std::unordered_map<std::uint32_t, UploadCounts> failed_uploads_;
  AttemptTally attempts_;
  Instant next_look_{};                                             // for the cancel file
  std::vector<std::pair<CommandId, AttemptNumber>> unannounced_;    // started since the last tick
  std::unordered_map<std::uint32_t, AttemptResult> last_failures_;  // by command number
  SessionOutcome outcome_;
};

}  // namespace shoal
