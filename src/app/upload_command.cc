#include <fmt/format.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <vector>

#include "app/broker_choice.h"
#include "app/commands.h"
#include "app/manifest.h"
#include "app/project.h"
#include "app/run_executor.h"
#include "app/run_lookup.h"
#include "app/terminal.h"
#include "app/upload_choice.h"
#include "exec/clock.h"
#include "journal/journal.h"
#include "journal/resume.h"

namespace shoal {
namespace {

constexpr std::size_t kMostToldFailures = 10;

/// Uploads files of commands that are done, and notes it in the journal as
/// attempts that did nothing else.
class LateUpload : public ExecutorEvents {
 public:
  LateUpload(asio::io_context& io, JournalWriter& journal, const std::vector<CommandKey>& keys,
             const std::shared_ptr<LazyUploader>& uploader, const std::string& working_directory)
      : io_(io),
        journal_(journal),
        keys_(keys),
        follow_up_(upload_after(io, uploader, working_directory)(*this)) {}

  void add(CommandId command, AttemptNumber attempt, UploadSpec upload) {
    AttemptSpec spec;
    spec.command = command;
    spec.attempt = attempt;
    spec.upload = std::move(upload);
    spec.upload.nothing_else = true;
    journal_.append(StartRecord{command, key_of(command), attempt, wall_now(), {}, true});
    ++left_;
    follow_up_->admit(spec);
  }
  /// Waits until all that was added is over.
  void wait() {
    // What the uploader's thread works on is unknown to the loop.
    const auto work = asio::make_work_guard(io_);
    if (left_ > 0) io_.run();
  }

  void on_ended(AttemptResult result) override {
    journal_.append(EndRecord{key_of(result.command), 0, result});
    if (result.end != EndClass::ok) {
      ++failed_;
      if (failures_.size() < kMostToldFailures) {
        failures_.push_back(fmt::format("{}: {}", number(result.command), result.detail));
      }
      journal_.append(SettleRecord{result.command, key_of(result.command), CommandState::failed,
                                   std::nullopt, wall_now()});
    }
    counts_.files += result.uploads.size();
    for (const UploadedFile& file : result.uploads) counts_.bytes += file.size;
    if (--left_ == 0) io_.stop();
  }

  const UploadCounts& counts() const { return counts_; }
  std::size_t failed() const { return failed_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  const CommandKey& key_of(CommandId command) const { return keys_[number(command) - 1]; }

  asio::io_context& io_;
  JournalWriter& journal_;
  const std::vector<CommandKey>& keys_;
  std::size_t left_ = 0;
  std::size_t failed_ = 0;
  UploadCounts counts_;
  std::vector<std::string> failures_;
  std::unique_ptr<FollowUp> follow_up_;
};

/// The run's own folder becomes the current one, as it was when it ran.
Expected<Project> load_project(const RunRecord& record, const UploadOptionsGiven& options) {
  std::vector<std::string> tables;
  for (const std::string& table : options.command_tables) {
    tables.push_back(std::filesystem::absolute(table).string());
  }
  std::error_code error;
  std::filesystem::current_path(record.header.working_directory, error);
  if (error) {
    return input_error(record.header.working_directory,
                       "the folder in which the run worked is gone", "Bring it back where it was");
  }
  const std::string mode = record.opens.empty() ? "auto" : record.opens.back().mode;
  return Project::load(record.header.jobs_file, mode, tables);
}

Expected<UploadChoice> choice_for(const UploadOptionsGiven& options, const RunRecord& record) {
  const std::vector<std::string> words =
      options.globs.empty() ? std::vector<std::string>{"metrics"} : options.globs;
  auto choice = choose_uploads(words, options.s3_prefix, process_sources());
  if (!choice) return tl::unexpected(choice.error());
  if (!*choice) return input_error("--glob", "none leaves nothing to upload", "Leave it out");
  (*choice)->set_target(
      target_of((*choice)->target(), !options.s3_prefix.empty(), &record, record.header.created));
  return std::move(**choice);
}

OpenRecord make_open(const Project& project, const UploadChoice& choice) {
  return OpenRecord{wall_now(),
                    host_name(),
                    ::getpid(),
                    0,
                    project.plan().command_count(),
                    std::string(plan_mode_text(project.plan().mode())),
                    choice.target().bucket,
                    choice.target().prefix};
}

void add_all(const Project& project, const std::vector<CommandKey>& keys, const RunRecord& record,
             const UploadChoice& choice, LateUpload& uploads) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const CommandRecord* const known = record.find(keys[i]);
    if (known == nullptr) continue;
    if (known->state != CommandState::done && !known->upload_left) continue;
    const CommandId command{static_cast<std::uint32_t>(i + 1)};
    UploadSpec spec = choice.spec_for(project.plan(), command);
    if (!spec.empty()) {
      uploads.add(command, AttemptNumber{known->attempts + 1}, std::move(spec));
    }
  }
}

void tell(const LateUpload& uploads, const UploadChoice& choice) {
  for (const std::string& failure : uploads.failures()) Terminal::write_stderr(failure + "\n");
  UploadCounts counts = uploads.counts();
  counts.failed = static_cast<std::uint32_t>(uploads.failed());
  const std::string text = upload_text(counts);
  Terminal::write_stderr(text.empty() ? "There is nothing to upload.\n"
                                      : fmt::format("To {}: {}.\n", choice.place(), text));
}

}  // namespace

Expected<int> upload_command(const UploadOptionsGiven& options) {
  LookOptions look;
  look.folder = options.folder;
  look.run = options.run;
  const auto found = find_run(look);
  if (!found) return tl::unexpected(found.error());
  const auto lock = RunLock::acquire(found->folder.run(found->id));
  if (!lock) return tl::unexpected(lock.error());
  const auto record = read_run(found->folder.journal(found->id));
  if (!record) return tl::unexpected(record.error());
  const auto project = load_project(*record, options);
  if (!project) return tl::unexpected(project.error());
  const auto choice = choice_for(options, *record);
  if (!choice) return tl::unexpected(choice.error());
  auto journal = JournalWriter::open(found->folder.journal(found->id));
  if (!journal) return tl::unexpected(journal.error());
  (*journal)->append(make_open(*project, *choice));

  asio::io_context io(1);
  const auto uploader = std::make_shared<LazyUploader>(process_sources(), UploaderOptions{});
  const std::vector<CommandKey> keys = command_keys(project->plan());
  LateUpload uploads(io, **journal, keys, uploader, project->working_directory());
  add_all(*project, keys, *record, *choice, uploads);
  uploads.wait();
  int code = uploads.failed() > 0 ? exit_code::kSomeFailed : exit_code::kAllDone;
  if (const auto flushed = (*journal)->flush(); !flushed) return tl::unexpected(flushed.error());
  const auto sent = upload_manifest(found->folder.journal(found->id), found->folder.run(found->id),
                                    choice->target(), *uploader);
  tell(uploads, *choice);
  if (!sent) {
    Terminal::write_stderr("The manifest was not uploaded: " + sent.error().sentence() + "\n");
    code = exit_code::kSomeFailed;
  }
  (*journal)->append(CloseRecord{wall_now(), code});
  if (const auto flushed = (*journal)->flush(); !flushed) return tl::unexpected(flushed.error());
  return code;
}

}  // namespace shoal
