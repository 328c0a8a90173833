#include "tests/journal/toy_world.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

#include "plan/command_table.h"
#include "plan/planner.h"
#include "tests/journal/files.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

template <class T>
T unwrapped(Expected<T> expected) {
  if (!expected) throw std::runtime_error(expected.error().sentence());
  return std::move(*expected);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Plan plan_of(const JobsText& text) {
  PlanOptions options;
  options.working_directory = "/w";
  options.environment = [](std::string_view) { return std::nullopt; };
  return unwrapped(make_plan(text, CommandTable::built_in(), options));
}

constexpr std::int64_t kNanoseconds = 1'000'000'000;

/// Counts down what each node waits for; joins are passed as soon as they may be.
class Readiness {
 public:
  explicit Readiness(const Graph& graph) : graph_(graph) {
    for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
      waits_.push_back(graph.predecessor_count(NodeId{node}));
    }
    for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
      if (graph.predecessor_count(NodeId{node}) == 0) reach(NodeId{node});
    }
  }
  void end(NodeId node) {
    for (const Edge edge : graph_.successors(node)) {
      if (--waits_[number(edge.to) - 1] == 0) reach(edge.to);
    }
  }
  std::vector<CommandId> ready;

 private:
  void reach(NodeId node) {
    if (graph_.is_command(node)) {
      ready.push_back(CommandId{number(node)});
    } else {
      end(node);
    }
  }
  const Graph& graph_;
  std::vector<std::uint32_t> waits_;
};

CommandId take_any(std::vector<CommandId>& from, std::mt19937& random) {
  const auto at = from.begin() + static_cast<std::ptrdiff_t>(random() % from.size());
  const CommandId id = *at;
  from.erase(at);
  return id;
}

}  // namespace

ToyProgram::ToyProgram(const std::vector<std::string>& the_lines)
    : lines(the_lines),
      text(unwrapped(JobsText::from(joined(the_lines), "jobs.sh"))),
      plan(plan_of(text)),
      keys(command_keys(plan)) {}

WallTime ToyWorld::tick() { return WallTime(std::chrono::seconds(++seconds_)); }

void ToyWorld::write(const std::string& path, const std::string& contents) {
  tick();
  files[path] = {contents, seconds_ * kNanoseconds};
}

std::map<std::string, std::string> ToyWorld::contents() const {
  std::map<std::string, std::string> all;
  for (const auto& [path, file] : files) all[path] = file.contents;
  return all;
}

void ToyWorld::run_serially(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) execute(line, false);
}

std::vector<std::string> ToyWorld::expand(const std::string& word) const {
  std::vector<std::string> paths;
  for (const auto& [path, file] : files) {
    if (::fnmatch(word.c_str(), path.c_str(), FNM_PATHNAME) == 0) paths.push_back(path);
  }
  return paths;
}

void ToyWorld::execute(const std::string& line, bool only_half) {
  std::istringstream words(line.substr(0, line.find(" #")));
  std::string program;
  std::string word;
  words >> program;
  if (program == "rm") {
    while (words >> word) {
      if (word == "-r" || only_half) continue;
      files.erase(word);
      std::erase_if(files, [&](const auto& file) { return file.first.starts_with(word + "/"); });
    }
    return;
  }
  std::string made = "<" + line;
  std::string target;
  bool appends = false;
  while (words >> word) {
    if (word == ">" || word == ">>" || word == "-o") {
      appends = word == ">>";
      words >> target;
      continue;
    }
    for (const std::string& path : expand(word)) made += "|" + path + "=" + files[path].contents;
  }
  made += ">";
  if (only_half) made = made.substr(0, made.size() / 2);
  write(target, appends ? files[target].contents + made : made);
}

void ToyWorld::cut(const AppendedFile& file) {
  if (file.second < 0) {
    files.erase(file.first);
  } else if (const auto found = files.find(file.first); found != files.end()) {
    write(file.first, found->second.contents.substr(0, static_cast<std::size_t>(file.second)));
  }
}

void ToyWorld::run(const ToyProgram& program, const Session& session, std::mt19937& random) {
  if (journal_.empty()) note(sample_header());
  const ResumePlan plan = resume(program);
  std::vector<std::uint32_t> attempts = plan.scheduler.attempts;
  Readiness readiness(program.plan.graph());
  std::vector<CommandId> running;
  std::map<CommandId, StartRecord> started;
  for (std::uint32_t event = 0; event < session.events_until_death;) {
    const bool may_start = !readiness.ready.empty() && running.size() < session.slots;
    if (!may_start && running.empty()) return;
    if (may_start && (running.empty() || random() % 2 == 0)) {
      const CommandId id = take_any(readiness.ready, random);
      if (plan.scheduler.done[number(id) - 1]) {
        readiness.end(node_of(id));
        continue;
      }
      if (const auto cuts = plan.cut_back.find(number(id)); cuts != plan.cut_back.end()) {
        for (const AppendedFile& file : cuts->second) cut(file);
      }
      StartRecord start{id, program.keys[number(id) - 1], AttemptNumber{++attempts[number(id) - 1]},
                        tick(), sizes_of_appended(program, id)};
      note(start);
      started[id] = start;
      running.push_back(id);
    } else {
      const CommandId id = take_any(running, random);
      const bool fails = std::uniform_real_distribution<>()(random) < session.failure_rate;
      EndRecord end;
      end.key = started[id].key;
      end.result.command = id;
      end.result.attempt = started[id].attempt;
      end.result.started = started[id].time;
      end.result.inputs = inputs_of(program, id);
      end.result.end = fails ? EndClass::failed : EndClass::ok;
      execute(program.lines[number(id) - 1], fails);
      end.result.wall = std::chrono::duration_cast<Duration>(tick() - started[id].time);
      note(end);
      if (fails) note(SettleRecord{id, end.key, CommandState::failed, {}, tick()});
      readiness.end(node_of(id));
    }
    ++event;
  }
  for (const CommandId id : running) {
    if (random() % 2 == 0) execute(program.lines[number(id) - 1], true);
  }
}

RunRecord ToyWorld::record() const {
  const TemporaryFolder folder;
  write_file(folder / "j", journal_.empty() ? line_of(sample_header()) : journal_);
  return unwrapped(read_run(folder / "j"));
}

ResumePlan ToyWorld::resume(const ToyProgram& program, bool verify) const {
  return plan_resume(program.plan, program.keys, record(),
                     {verify, [this](const std::string& path, bool with_hash) {
                        Fingerprint now = fingerprint(path);
                        if (with_hash && now.size >= 0) now.sha256 = files.at(path).contents;
                        return now;
                      }});
}

void ToyWorld::note(const JournalRecord& record) { append_json(record, journal_); }

Fingerprint ToyWorld::fingerprint(const std::string& path) const {
  const auto found = files.find(path);
  if (found == files.end()) return {path, -1, 0, std::nullopt};
  return {path, static_cast<std::int64_t>(found->second.contents.size()), found->second.modified,
          std::nullopt};
}

std::vector<Fingerprint> ToyWorld::inputs_of(const ToyProgram& program, CommandId id) const {
  std::vector<Fingerprint> inputs;
  for (const Access& access : program.plan.accesses(id)) {
    if (access.mode != AccessMode::read || access.extent != Extent::exact) continue;
    if (program.plan.is_written(access.path)) continue;
    inputs.push_back(fingerprint(program.plan.paths().text(access.path)));
    if (inputs.back().size >= 0) inputs.back().sha256 = files.at(inputs.back().path).contents;
  }
  return inputs;
}

std::vector<AppendedFile> ToyWorld::sizes_of_appended(const ToyProgram& program,
                                                      CommandId id) const {
  std::vector<AppendedFile> sizes;
  for (const Access& access : program.plan.accesses(id)) {
    if (access.mode != AccessMode::append) continue;
    const std::string path = program.plan.paths().text(access.path);
    sizes.emplace_back(path, fingerprint(path).size);
  }
  return sizes;
}

}  // namespace shoal
