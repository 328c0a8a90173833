#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "plan/access_set.h"

namespace shoal {

/// How an attempt ended. Each has its own retry rule (see RetryRules).
enum class EndClass : std::uint8_t {
  ok,
  failed,          // exit code other than 0
  timed_out,       // longer than its timeout; stopped by shoal
  killed,          // by a signal that shoal did not send
  out_of_memory,   // killed by the kernel for memory, or died of a MemoryError at its limit
  lost,            // its executor vanished: a crash, a lost worker
  output_missing,  // exit 0, but a declared output is absent
  input_missing,   // not started: a file that it needs, and whose writer failed, is absent
  cancelled,       // stopped because the user asked
  ended_shell,  // an opaque line that ended the shell (exit, a syntax error): bash would stop here
  upload_failed,  // the command ended ok, but its files could not be uploaded
};
constexpr std::size_t kEndClasses = static_cast<std::size_t>(EndClass::upload_failed) + 1;

/// The name of the class in journals: "out_of_memory". Never changes.
std::string_view end_class_text(EndClass end);
/// The class whose name in journals this is.
std::optional<EndClass> parse_end_class(std::string_view text);

enum class ShellKind : std::uint8_t {
  none,   // execute the literal words directly
  sh,     // any POSIX shell means the same
  named,  // RunContext's shell
};

/// Size and modification time of an input at the start of an attempt.
struct Fingerprint {
  std::string path;
  std::int64_t size = -1;                 // bytes; -1: absent
  std::int64_t modified_nanoseconds = 0;  // since 1970
  std::optional<std::string> sha256;      // hex; only with --verify
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// What to upload when a command has ended ok. Holds nothing that is secret.
struct UploadSpec {
  struct Files {
    std::string path;  // relative to the working directory; of a glob, its pattern
    Extent extent = Extent::exact;
    std::string only;  // of these, those that this glob matches; empty: all
    friend bool operator==(const Files&, const Files&) = default;
  };
  std::string bucket;
  std::string prefix;  // a key is this, a slash and the file's path
  std::vector<Files> files;
  /// An earlier attempt ran the command: it is not run again.
  bool nothing_else = false;

  /// Nothing is asked for.
  bool empty() const { return files.empty() && !nothing_else; }
};

/// A file that was uploaded.
struct UploadedFile {
  std::string path;  // relative to the working directory
  std::string key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;      // in hex
  friend bool operator==(const UploadedFile&, const UploadedFile&) = default;
};

/// Everything an executor needs for one attempt; self-contained, so that it
/// can travel to another machine. The command's own paths are relative to the
/// working directory unless its line says otherwise; shoal's own are relative
/// to the run's folder (`.shoal/runs/RUN`), wherever a machine has that.
struct AttemptSpec {
  CommandId command{};
  AttemptNumber attempt{};
  std::string text;     // the logical line
  std::string prelude;  // shell text to run first, silently; empty for most
  /// The snapshot with which the prelude begins, a path in the run's folder;
  /// empty for most.
  std::string snapshot_before;
  /// The exit status of the command before, for a line that may ask for `$?`.
  std::optional<int> status_before;
  ShellKind shell = ShellKind::named;
  bool snapshot = false;      // opaque line: write the shell's state afterwards to snapshot_file
  std::string snapshot_file;  // in the run's folder
  bool snapshot_is_empty = false;  // it only shows that the line did not end its shell
  bool ends_file = false;   // it runs the trap on EXIT; its exit code is that of the whole file
  bool open_ended = false;  // a quote, here-document or compound in it is never closed

  std::vector<std::string> required_inputs;    // absent: end as input_missing without starting
  std::vector<std::string> inputs;             // to fingerprint at the start
  bool hash_inputs = false;                    // with their SHA-256
  std::vector<std::string> outputs;            // must exist after exit 0
  std::vector<std::string> tolerated_folders;  // a mkdir: exit != 0 is ok if these are folders

  // What is left of an earlier start and must go. The lists are always there,
  // for through a broker the very same attempt may be started twice: whoever
  // starts it knows that, and sets both flags then.
  bool started_before = false;   // an earlier start may have left temporaries, or a result
  bool appended_before = false;  // earlier starts may have appended to the files in cut_back
  /// Files that the command appends to, with their sizes when the attempt
  /// begins (bytes; -1: absent); if appended_before, each is cut to that size,
  /// and the rest saved in aside_folder.
  std::vector<std::pair<std::string, std::int64_t>> cut_back;
  // Of a command that leaves temporaries and refuses to start beside its
  // result, if started_before:
  std::string complete_if_zip;         // a readable zip here means ok without running
  std::vector<std::string> leftovers;  // to be removed

  std::vector<std::string>
      move_aside;            // existing outputs of an outdated attempt, moved to aside_folder
  std::string aside_folder;  // in the run's folder

  Duration timeout{0};   // 0: none
  Duration grace{0};     // between TERM and KILL
  unsigned threads = 1;  // for thread pools; 0: leave the environment alone
  /// False: it is known, or in doubt, that the command leaves something else
  /// when it starts warm.
  bool may_start_warm = true;

  UploadSpec upload;  // empty for most

  // For a worker, to find room for it:
  double cpus = 1;
  std::uint64_t memory = 0;  // expected peak, bytes; 0: unknown
};

struct ResourceUsage {
  Duration user{0};
  Duration system{0};
  /// Bytes of the largest single process; 0: unknown, since it was less than
  /// the executor's own (docs/execution.md).
  std::uint64_t peak_memory = 0;
};

/// Where an attempt's output stands in the log file of its worker's slot.
struct LogRange {
  SlotIndex slot{};
  std::uint64_t begin = 0;  // bytes
  std::uint64_t end = 0;
};

/// Where the output of an attempt that runs goes.
struct RunningLog {
  std::string worker;  // as in AttemptResult
  SlotIndex slot{};
  std::uint64_t begin = 0;  // bytes
};

struct AttemptResult {
  CommandId command{};
  AttemptNumber attempt{};
  /// The name of the worker that ran it, which is a file's name; empty: the
  /// tasker's own machine.
  std::string worker;
  EndClass end = EndClass::ok;
  int exit_code = 0;  // of the process; 128 + signal when killed
  int signal = 0;
  std::string detail;  // the missing path, "was complete already"; may be empty
  WallTime started{};
  Duration wall{0};
  ResourceUsage usage;
  bool warm = false;   // it began in a process that had imported its modules
  Duration spared{0};  // what importing them took there, once for all
  LogRange log;
  std::vector<Fingerprint> inputs;
  std::vector<UploadedFile> uploads;  // that are there; also of an upload_failed one
  /// It did nothing but upload: how long the command took and what it printed
  /// stands with the attempt before.
  bool only_upload = false;
};

}  // namespace shoal
