#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "job/command.h"
#include "job/directives.h"
#include "job/jobs_text.h"
#include "job/parsed_line.h"
#include "job/shell_state.h"

namespace shoal {

struct ReaderOptions {
  /// Values of environment variables at the start of the run; absent: unset.
  /// PWD is taken for the folder in which the commands run.
  std::function<std::optional<std::string>(std::string_view name)> environment;
};

/// Reads a jobs file command by command, in the order in which bash would run
/// them. One pass, no copy of the text, no disk.
class JobsReader {
 public:
  /// `text` must outlive the reader and every Command read from it. (A command
  /// that no line holds has a text that lives for ever.)
  JobsReader(const JobsText& text, ReaderOptions options);
  ~JobsReader();
  JobsReader(const JobsReader&) = delete;
  JobsReader& operator=(const JobsReader&) = delete;

  /// Reads the next command. False at the end of the file, at a top-level
  /// `exit` (see stopped_at_line), and when error() is set. `parsed` has
  /// entries only for ordinary and state commands. Where the file may have set
  /// a trap on EXIT, its end is a command too: that `exit`, or one that no line
  /// holds.
  bool next(Command& command, ParsedLine& parsed);

  /// A directive that cannot be read.
  const std::optional<Error>& error() const;

  /// The line of a plain `exit` after which bash would read no further.
  std::optional<std::uint32_t> stopped_at_line() const;

  /// All state lines read so far.
  const ShellState& state() const;
  /// The folder, relative to the run's working directory, in which the command
  /// read last begins ("" for the same one, absolute after `cd /x`); nullopt
  /// when the parser cannot tell.
  std::optional<std::string_view> current_folder() const;
  /// Directives read so far; Command::directives is a 1-based index into it.
  const std::vector<Directives>& directives() const;

  /// Moves out what must live as long as the commands.
  ShellState take_state();
  std::vector<Directives> take_directives();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
