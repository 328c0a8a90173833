#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "journal/record.h"
#include "journal/run_record.h"
#include "plan/plan.h"
#include "s3/settings.h"
#include "sched/attempt.h"

namespace shoal {

/// Which of the files that commands write go to S3, and where they go.
class UploadChoice {
 public:
  /// `words` as --upload has them: metrics, all-outputs, globs. Errors: `none`
  /// beside others, an absolute path.
  static Expected<UploadChoice> make(const std::vector<std::string>& words, S3Target target);

  const S3Target& target() const { return target_; }
  void set_target(S3Target target) { target_ = std::move(target); }
  /// "s3://bucket/prefix".
  std::string place() const;

  /// Of one command; empty when nothing of it is wanted.
  UploadSpec spec_for(const Plan& plan, CommandId id) const;

 private:
  void add(const std::string& path, Extent extent, UploadSpec& spec) const;

  S3Target target_;
  bool metrics_ = false;
  bool all_ = false;
  std::vector<std::string> globs_;
};

/// What `shoal run` uploads by --upload and the environment; nullopt: nothing.
/// The prefix is empty where it is the run's to say.
Expected<std::optional<UploadChoice>> choose_uploads(const std::vector<std::string>& words,
                                                     const std::string& prefix,
                                                     const S3Sources& sources);

/// The prefix that was given now, else the one that the run has had, else the
/// environment's, else the time at which the run was created, in ISO 8601.
S3Target target_of(const S3Target& given, bool prefix_is_given, const RunRecord* record,
                   WallTime created);

/// "2026-11-24T10:00:00+01:00", in this machine's zone.
std::string iso_time(WallTime time);

}  // namespace shoal
