#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "job/jobs_text.h"
#include "journal/resume.h"
#include "journal/run_record.h"
#include "plan/plan.h"

namespace shoal {

/// A program of simple shell lines: `cat A B > C`, `cat A >> C`, `rm C`,
/// `rm -r D`, `sort -o C C`, with globs as in `cat d/* > C`. A comment at the
/// end makes a line another command with the same accesses.
struct ToyProgram {
  explicit ToyProgram(const std::vector<std::string>& the_lines);

  std::vector<std::string> lines;
  JobsText text;
  Plan plan;
  std::vector<CommandKey> keys;
};

/// Files in memory, a clock that moves with every event, and a journal. What a
/// line writes tells the line and all that it has read, so that two worlds are
/// equal only if every line saw the same.
class ToyWorld {
 public:
  struct File {
    std::string contents;
    std::int64_t modified = 0;  // nanoseconds
  };
  std::map<std::string, File> files;

  void write(const std::string& path, const std::string& contents);
  std::map<std::string, std::string> contents() const;

  /// What `bash` would do.
  void run_serially(const std::vector<std::string>& lines);

  struct Session {
    std::uint32_t slots = 3;
    /// The session dies after so many starts and ends; what runs then has
    /// written half of what it would have.
    std::uint32_t events_until_death = UINT32_MAX;
    double failure_rate = 0;
  };
  /// Goes on as the journal says, in a random order that the plan allows.
  void run(const ToyProgram& program, const Session& session, std::mt19937& random);

  RunRecord record() const;
  ResumePlan resume(const ToyProgram& program, bool verify = false) const;
  void note(const JournalRecord& record);

 private:
  Fingerprint fingerprint(const std::string& path) const;
  std::vector<Fingerprint> inputs_of(const ToyProgram& program, CommandId id) const;
  std::vector<AppendedFile> sizes_of_appended(const ToyProgram& program, CommandId id) const;
  std::vector<std::string> expand(const std::string& word) const;
  void execute(const std::string& line, bool only_half);
  void cut(const AppendedFile& file);
  WallTime tick();

  std::string journal_;
  std::int64_t seconds_ = 1'700'000'000;
};

}  // namespace shoal
