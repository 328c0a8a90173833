#pragma once

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exec/local_executor.h"
#include "tests/support/temporary_folder.h"

namespace shoal {

/// Keeps what an executor reports.
class Recorder : public ExecutorEvents {
 public:
  void on_ended(AttemptResult result) override {
    results.push_back(std::move(result));
    if (then) then(results.back());
  }
  std::vector<AttemptResult> results;
  std::function<void(const AttemptResult&)> then;
};

/// A LocalExecutor that works in a folder of its own.
class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest();

  /// Makes the executor; otherwise the first start does, with one slot.
  void make_executor(std::uint32_t slots, std::vector<int> kept_open = {});
  LocalExecutor& executor();

  AttemptSpec spec(std::string text, ShellKind kind = ShellKind::named);
  /// Starts one attempt and waits for its end.
  AttemptResult run(AttemptSpec attempt);
  AttemptResult run(std::string text, ShellKind kind = ShellKind::named) {
    return run(spec(std::move(text), kind));
  }
  /// Runs the event loop until that many attempts have ended.
  void wait_for(std::size_t results);
  /// Runs the event loop until the file has something in it.
  void wait_for_file(std::string_view name);

  std::string output_of(const AttemptResult& result) const;

  TemporaryFolder folder;
  asio::io_context io{1};
  Recorder recorder;
  Shell shell;
  std::string worker;  // the executor's, when it is made

 private:
  std::unique_ptr<LocalExecutor> executor_;
  std::uint32_t next_command_ = 1;
};

/// Waits until the process is gone, as its pidfd tells; false after `seconds`.
bool dies(int pid, int seconds = 20);

}  // namespace shoal
