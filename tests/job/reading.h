#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/jobs_reader.h"

namespace shoal::testing {

/// A command with copies of its words: "word" or, for a glob, "glob:pattern".
struct ReadCommand {
  Command command;
  std::string text;
  std::vector<std::vector<std::string>> words;
  std::vector<std::vector<std::string>> redirects;  // "<", ">", ">>" or "<>" and the target
  std::vector<Connector> connectors;
  std::optional<std::string> folder;
};

/// Everything that a jobs file gives.
struct Reading {
  std::vector<ReadCommand> commands;
  std::optional<Error> error;
  std::optional<std::uint32_t> stopped_at_line;
  ShellState state;
  std::vector<Directives> directives;
  std::optional<JobsText> text;  // what the commands and the state point into
};

using Variables = std::map<std::string, std::string, std::less<>>;

/// Reads `content` as a file called jobs.sh.
std::unique_ptr<Reading> read_jobs(std::string_view content, const Variables& environment = {});

/// The only command of `line`.
ReadCommand read_line(std::string_view line, const Variables& environment = {});

}  // namespace shoal::testing
