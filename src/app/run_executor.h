#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "amqp/broker_executor.h"
#include "app/project.h"
#include "app/run_choice.h"
#include "app/run_settings.h"
#include "app/scratch_trials.h"
#include "app/start_verifier.h"
#include "base/error.h"
#include "exec/followed_executor.h"
#include "exec/shell.h"
#include "journal/record.h"
#include "s3/lazy_uploader.h"

namespace shoal {

/// Whoever executes a run's attempts: one of the two.
struct RunExecutor {
  std::unique_ptr<StartVerifier> verifier;  // may be null; before `local`, if there is one
  std::unique_ptr<FollowedExecutor> local;
  std::unique_ptr<ScratchTrials> trials;  // of the verifier
  std::unique_ptr<BrokerExecutor> broker;

  Executor* get() const {
    if (verifier) return verifier.get();
    return local ? static_cast<Executor*>(local.get()) : static_cast<Executor*>(broker.get());
  }
};

/// What an earlier session left with workers and this one goes on with.
struct TakenUp {
  std::set<TaskId> tasks;
  Duration lease_death{0};  // see LeaseFolder::agree_on_death
};

/// Takes up the attempts that an earlier session left with workers; changes
/// `run.resume` so that they get the numbers that they had. Where that cannot be,
/// because the jobs file was edited, something before them runs again, or this
/// session has no broker, workers are kept from them, and those that run now are
/// waited for: `notice` gets a sentence.
Expected<TakenUp> take_up(const Project& project, const RunSettings& settings,
                          const std::vector<CommandKey>& keys, RunChoice& run,
                          const std::function<void(std::string_view)>& notice);

/// `shapes` of the commands must outlive what is made.
Expected<RunExecutor> make_executor(asio::io_context& io, ExecutorEvents& events,
                                    const Project& project, const RunSettings& settings,
                                    const Shell& shell, const RunChoice& run,
                                    const std::vector<std::uint64_t>& shapes, TakenUp taken_up,
                                    std::shared_ptr<LazyUploader> uploader);

/// Uploads what is asked for after each command; for this machine and a worker.
MakeFollowUp upload_after(asio::io_context& io, std::shared_ptr<LazyUploader> uploader,
                          std::string working_directory);

/// After the session: says goodbye to a broker, as long as that takes.
void close(RunExecutor& executor, asio::io_context& io, BrokerExecutor::Goodbye goodbye);

}  // namespace shoal
