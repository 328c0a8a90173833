#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/commands.h"
#include "app/log_file.h"
#include "app/run_lookup.h"
#include "app/terminal.h"
#include "exec/slot_log.h"

namespace shoal {
namespace {

constexpr int kLookAgainMilliseconds = 500;
constexpr std::uint64_t kChunk = 1U << 20U;

/// Wakes when a file of a folder changes, and now and then without: a shared
/// volume tells of no change that another machine made.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder)
      : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    ::inotify_add_watch(descriptor_, folder.c_str(), IN_MODIFY | IN_CREATE);
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() { ::close(descriptor_); }

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

Expected<int> follow(const FoundRun& run, const LookOptions& options, SlotIndex slot,
                     std::uint64_t begin) {
  const std::string folder = run.folder.logs(run.id);
  const FolderWatch watch(folder);
  while (true) {
    // The journal is asked first, so that what stands in the log by then is
    // all of a command that has ended.
    const auto now = find_run(options);
    if (!now) return tl::unexpected(now.error());
    const auto* command = now->record.find(CommandId{options.command});
    const bool runs = command != nullptr && command->state == CommandState::running && now->alive;
    const std::uint64_t end =
        runs || command == nullptr ? size_of_log(folder, slot) : command->log.end;
    if (!print_range(folder, LogRange{slot, begin, end})) return exit_code::kAllDone;
    begin = std::max(begin, end);
    if (!runs) return exit_code::kAllDone;
    watch.wait();
  }
}

}  // namespace

Expected<int> logs_command(const LookOptions& options) {
  const auto run = find_run(options);
  if (!run) return tl::unexpected(run.error());
  const std::string folder = run->folder.logs(run->id);
  const auto* command = run->record.find(CommandId{options.command});
  if (command == nullptr) {
    return input_error(fmt::format("command {}", options.command),
                       fmt::format("it has not started in run {}", run->id.text()),
                       "See what has with: shoal status");
  }
  LogRange range = command->log;
  if (command->state == CommandState::running) {
    if (options.follow) return follow(*run, options, range.slot, range.begin);
    range.end = size_of_log(folder, range.slot);
  }
  print_range(folder, range);
  return exit_code::kAllDone;
}

}  // namespace shoal
