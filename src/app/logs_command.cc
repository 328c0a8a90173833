#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/commands.h"
#include "app/followed_attempt.h"
#include "app/run_lookup.h"
#include "app/terminal.h"
#include "exec/log_file.h"
#include "exec/slot_log.h"

namespace shoal {
namespace {

constexpr int kLookAgainMilliseconds = 500;
constexpr std::uint64_t kChunk = 1U << 20U;

/// Wakes when a file changes, and now and then without: a shared volume tells of
/// no change that another machine made.
class FileWatch {
 public:
  explicit FileWatch(const std::string& path)
      : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    ::inotify_add_watch(descriptor_, path.c_str(), IN_MODIFY);
  }
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch() { ::close(descriptor_); }

  void wait() const {
    pollfd event{descriptor_, POLLIN, 0};
    ::poll(&event, 1, kLookAgainMilliseconds);
    char drained[4096];
    while (::read(descriptor_, drained, sizeof drained) > 0) {
    }
  }

 private:
  int descriptor_;
};

/// Prints a range of a log, in pieces; false when the reader has gone.
bool print_range(const std::string& folder, LogRange range) {
  while (range.begin < range.end) {
    const std::uint64_t stop = std::min(range.end, range.begin + kChunk);
    const std::string piece = read_log(folder, LogRange{range.slot, range.begin, stop});
    if (piece.empty()) return true;
    if (!Terminal::write_stdout(piece)) return false;
    range.begin += piece.size();
  }
  return true;
}

std::uint64_t size_of_log(const std::string& folder, SlotIndex slot) {
  std::error_code absent;
  const auto size = std::filesystem::file_size(SlotLog::path(folder, slot), absent);
  return absent ? 0 : size;
}

/// Prints what an attempt writes until it ends.
Expected<int> follow(const FoundRun& run, const CommandRecord& command) {
  FollowedAttempt attempt(run, command);
  std::optional<FileWatch> watch(run.folder.journal(run.id));
  std::uint64_t printed = 0;
  bool watches_log = false;
  while (true) {
    // The journal is asked first, so that what stands in the log by then is
    // all of a command that has ended.
    if (const auto looked = attempt.look(); !looked) return tl::unexpected(looked.error());
    if (const auto& log = attempt.log()) {
      const std::string folder = run.folder.logs(run.id, log->worker);
      const std::uint64_t end = attempt.end().value_or(size_of_log(folder, log->slot));
      const LogRange unseen{log->slot, std::max(printed, log->begin), end};
      if (!print_range(folder, unseen)) return exit_code::kAllDone;
      printed = std::max(unseen.begin, unseen.end);
      if (!watches_log) watch.emplace(SlotLog::path(folder, log->slot));
      watches_log = true;
    }
    if (attempt.is_over()) return exit_code::kAllDone;
    watch->wait();
  }
}

}  // namespace

Expected<int> logs_command(const LookOptions& options) {
  const auto run = find_run(options);
  if (!run) return tl::unexpected(run.error());
  const auto* command = run->record.find(CommandId{options.command});
  if (command == nullptr) {
    return input_error(fmt::format("command {}", options.command),
                       fmt::format("it has not started in run {}", run->id.text()),
                       "See what has with: shoal status");
  }
  const std::string folder = run->folder.logs(run->id, run->record.worker(*command));
  LogRange range = command->log;
  if (command->state == CommandState::running) {
    if (options.follow) return follow(*run, *command);
    if (command->log_is_known) range.end = size_of_log(folder, range.slot);
  }
  print_range(folder, range);
  return exit_code::kAllDone;
}

}  // namespace shoal
