#include "exec/verify/start_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "exec/local_executor.h"
#include "exec/log_file.h"
#include "exec/verify/tree_comparison.h"
#include "journal/run_directory.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

std::string end_text(const AttemptResult& result) {
  return fmt::format("{}, exit code {}, signal {}\n", end_class_text(result.end), result.exit_code,
                     result.signal);
}

class Trials : public ExecutorEvents {
 public:
  explicit Trials(const TrialRequest& request)
      : request_(request), work_(request.folder + "/work"), signals_(io_, SIGTERM, SIGINT) {
    signals_.async_wait([this](const std::error_code& error, int /*signal*/) {
      if (!error) stop();
    });
  }

  /// Leaves what is to be looked at, and nothing else.
  Expected<VerifiedStart> run();
  void on_ended(AttemptResult result) override { result_ = std::move(result); }

 private:
  Expected<VerifiedStart> compare_starts();
  Expected<void> prepare();
  Expected<std::unique_ptr<LocalExecutor>> make_executor(bool is_warm);
  /// Keeps what the command leaves in `folder`/`name`.
  Expected<AttemptResult> start(LocalExecutor& executor, const std::string& name);
  Expected<void> keep(LocalExecutor& executor, const std::string& name);
  TreeDifference compare(const std::string& one, const std::string& other) const {
    return compare_trees(request_.folder + "/" + one, request_.folder + "/" + other);
  }
  Expected<VerifiedStart> judge(const AttemptResult& cold, const TreeDifference& first,
                                const TreeDifference& second);
  void leave_only(const std::vector<std::string>& names) const;
  void stop();
  std::string own_folder(const LocalExecutor& executor) const {
    return request_.folder + (&executor == warm_.get() ? "/run-warm" : "/run-cold");
  }

  const TrialRequest& request_;
  std::string work_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  std::unique_ptr<LocalExecutor> cold_;
  std::unique_ptr<LocalExecutor> warm_;
  LocalExecutor* running_ = nullptr;
  std::optional<AttemptResult> result_;
  bool stopped_ = false;
};

Expected<void> Trials::prepare() {
  std::error_code error;
  fs::remove_all(request_.folder, error);
  fs::create_directories(work_, error);
  if (error) return infrastructure_error(work_, "cannot make the folder: " + error.message());
  auto cold = make_executor(false);
  if (!cold) return tl::unexpected(cold.error());
  cold_ = std::move(*cold);
  auto warm = make_executor(true);
  if (!warm) return tl::unexpected(warm.error());
  warm_ = std::move(*warm);
  return {};
}

Expected<std::unique_ptr<LocalExecutor>> Trials::make_executor(bool is_warm) {
  LocalExecutorOptions options;
  options.working_directory = work_;
  options.run_folder = request_.folder + (is_warm ? "/run-warm" : "/run-cold");
  options.shell = request_.shell;
  if (is_warm) options.warm_knowledge = request_.knowledge;
  return LocalExecutor::create(io_, *this, std::move(options));
}

Expected<AttemptResult> Trials::start(LocalExecutor& executor, const std::string& name) {
  if (auto copied = copy_listed(request_.list, request_.working_directory, work_); !copied) {
    return tl::unexpected(copied.error());
  }
  result_.reset();
  running_ = &executor;
  executor.start(request_.spec);
  while (!result_) io_.run_one();
  running_ = nullptr;
  if (stopped_) return infrastructure_error({}, "it was stopped");
  if (auto kept = keep(executor, name); !kept) return tl::unexpected(kept.error());
  return *result_;
}

/// The folder of work itself stays: executors and fork servers hold it open.
Expected<void> Trials::keep(LocalExecutor& executor, const std::string& name) {
  const fs::path place = fs::path(request_.folder) / name;
  const fs::path files = place / kTrialFiles;
  std::error_code error;
  fs::create_directories(files, error);
  std::vector<fs::path> left;
  for (fs::directory_iterator at(work_, error), end; !error && at != end; at.increment(error)) {
    left.push_back(at->path());
  }
  for (const fs::path& each : left) {
    if (!error) fs::rename(each, files / each.filename(), error);
  }
  if (error) return infrastructure_error(place.string(), "cannot keep: " + error.message());
  const LogRange& log = result_->log;
  std::ofstream(place / kTrialOutput, std::ios::binary)
      << read_log(in_run_folder(own_folder(executor), kLogFolder), log);
  std::ofstream(place / kTrialEnd) << end_text(*result_);
  return {};
}

Expected<VerifiedStart> Trials::run() {
  auto verified = compare_starts();
  cold_.reset();
  warm_.reset();
  const bool differs = verified && verified->verdict == StartVerdict::differs;
  leave_only(differs ? std::vector<std::string>{"cold", "warm"} : std::vector<std::string>{});
  return verified;
}

Expected<VerifiedStart> Trials::compare_starts() {
  if (auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
  const auto cold = start(*cold_, "cold");
  if (!cold) return tl::unexpected(cold.error());
  for (const char* name : {"warm-1", "warm-2"}) {
    const auto warm = start(*warm_, name);
    if (!warm) return tl::unexpected(warm.error());
    if (!warm->warm) {
      const std::string trouble = warm_->warm_trouble();
      return infrastructure_error({},
                                  trouble.empty() ? "its fork server lets it start cold" : trouble);
    }
  }
  return judge(*cold, compare("cold", "warm-1"), compare("cold", "warm-2"));
}

Expected<VerifiedStart> Trials::judge(const AttemptResult& cold, const TreeDifference& first,
                                      const TreeDifference& second) {
  VerifiedStart verified;
  verified.command = request_.spec.command;
  verified.verdict = StartVerdict::equal;
  verified.exit_code = cold.exit_code;
  TreeDifference difference = first;
  difference.add(second);
  TreeDifference unsteady;
  for (const char* name : {"cold-2", "cold-3"}) {
    if (steady_part(difference, unsteady).empty()) break;
    if (const auto again = start(*cold_, name); !again) return tl::unexpected(again.error());
    unsteady.add(compare("cold", name));
  }
  verified.unsteady = all_of(unsteady);
  verified.differing = steady_part(difference, unsteady);
  if (verified.differing.empty()) return verified;
  verified.verdict = StartVerdict::differs;
  const bool second_differs = !steady_part(second, unsteady).empty();
  std::error_code error;
  fs::rename(request_.folder + (second_differs ? "/warm-2" : "/warm-1"), request_.folder + "/warm",
             error);
  return verified;
}

void Trials::leave_only(const std::vector<std::string>& names) const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(request_.folder, ignored)) {
    if (std::ranges::count(names, entry.path().filename().string()) == 0) {
      fs::remove_all(entry.path(), ignored);
    }
  }
  if (names.empty()) fs::remove(request_.folder, ignored);
}

void Trials::stop() {
  stopped_ = true;
  if (running_ != nullptr) running_->cancel(request_.spec.command, request_.spec.attempt);
}

}  // namespace

Expected<VerifiedStart> try_starts(const TrialRequest& request) { return Trials(request).run(); }

}  // namespace shoal
