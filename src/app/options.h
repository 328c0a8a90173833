#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shoal {

/// The words of the command line, as they were given; each subcommand reads
/// its own. Values are checked where they are used, so that a bad one gets the
/// same kind of sentence as any other bad input.
struct RunOptions {
  std::string jobs_file;
  std::optional<std::uint32_t> slots;
  std::string mode = "auto";
  std::uint32_t retries = 0;
  std::string timeout;
  std::string grace = "10s";
  std::uint32_t halt = 0;
  bool keep_going = false;
  bool strict = false;
  bool fresh = false;
  bool verify = false;
  std::string threads = "one";
  std::string warm = "auto";
  bool verify_warm = false;
  std::string memory;
  std::vector<std::string> command_tables;
  std::string broker;  // empty: this machine runs the commands
  std::string lease = "45s";
  std::vector<std::string> uploads;  // empty: metrics where S3 is set up
  std::string s3_prefix;
  std::string listen;  // empty: nobody can ask
  bool quiet = false;
  bool verbose = false;
};

struct WorkerOptionsGiven {
  std::string broker = "env";
  std::optional<std::uint32_t> slots;
  std::string memory;
  std::string folder = ".";
  std::vector<std::string> classes = {"default"};
  std::string idle_exit;
  bool keep = false;
  std::string crew;  // empty: none
  std::string warm = "auto";
  std::string grace = "25s";
  std::string ready_file;
  std::string alive_file;
  std::string listen;  // as RunOptions::listen
};

struct DoctorOptionsGiven {
  std::string broker;  // empty: only the folder
  std::string folder = ".";
  bool s3 = false;
};

struct PlanOptionsGiven {
  std::string jobs_file;
  std::string mode = "auto";
  std::string format = "text";
  std::vector<std::string> command_tables;
};

/// For the subcommands that look at a run.
struct LookOptions {
  std::string folder = ".";  // beside whose .shoal to look
  std::string run;           // a run id or the end of one; empty: the newest
  std::uint32_t command = 0;
  bool follow = false;
  bool joblog = false;
  bool trace = false;
};

struct UploadOptionsGiven {
  std::string folder = ".";
  std::string run;                 // as LookOptions::run
  std::vector<std::string> globs;  // empty: metrics
  std::vector<std::string> command_tables;
  std::string s3_prefix;
};

struct SplitOptionsGiven {
  std::string jobs_file;
  std::vector<std::string> command_tables;
};

struct SweepOptionsGiven {
  std::string settings;                 // a file; empty with jobs_files
  std::vector<std::string> command;     // that makes a project
  std::vector<std::string> jobs_files;  // to join as they are
  std::string output = "sweep.sh";
  bool again = false;
};

struct Options {
  RunOptions run;
  WorkerOptionsGiven worker;
  DoctorOptionsGiven doctor;
  PlanOptionsGiven plan;
  LookOptions look;
  UploadOptionsGiven upload;
  SplitOptionsGiven split;
  SweepOptionsGiven sweep;
  std::string task_file;  // of try-starts
  std::string shell = "bash";
};

}  // namespace shoal
