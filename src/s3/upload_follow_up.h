#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "s3/lazy_uploader.h"
#include "sched/executor.h"

namespace shoal {

struct UploadFollowUpOptions {
  std::string working_directory;  // absolute
  /// Attempts whose files are uploaded while their slots run others. A slot
  /// whose command ends beyond that waits until one of them is over.
  std::size_t most_at_once = 64;
};

/// Uploads what an attempt's spec asks for when its command has ended ok, and
/// tells of the end only then, with what is in the bucket: `ok`, or
/// `upload_failed` with the reason.
class UploadFollowUp : public FollowUp {
 public:
  /// All must outlive it, but for what `uploader` makes.
  UploadFollowUp(asio::io_context& io, ExecutorEvents& events,
                 std::shared_ptr<LazyUploader> uploader, UploadFollowUpOptions options);
  ~UploadFollowUp() override;

  bool admit(const AttemptSpec& spec) override;
  bool cancel(CommandId command, AttemptNumber attempt) override;

  void on_ended(AttemptResult result) override;
  void on_running(CommandId command, AttemptNumber attempt) override;
  void on_capacity(Capacity capacity) override;
  void on_notice(std::string_view sentence) override;
  void on_broken(Error error) override;
  bool make_durable() override;

 private:
  using Key = std::pair<CommandId, AttemptNumber>;
  struct Upload {
    AttemptResult result;
    UploadSpec spec;
    std::vector<UploadId> files;  // on their way, or over
    std::size_t left = 0;         // files
    std::size_t failed = 0;
    std::optional<Error> first_error;
  };

  void take_up(AttemptResult result, UploadSpec spec);
  void begin(Upload upload);
  void on_file(const Key& key, const std::string& path, UploadOutcome outcome);
  void end(Upload upload);
  void begin_waiting();
  void post(std::function<void()> what);

  asio::io_context& io_;
  ExecutorEvents& events_;
  std::shared_ptr<LazyUploader> uploader_;
  UploadFollowUpOptions options_;
  std::map<Key, UploadSpec> wanted_;  // of attempts whose commands run
  std::deque<Upload> waiting_;        // for others to be over
  std::map<Key, Upload> active_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal
