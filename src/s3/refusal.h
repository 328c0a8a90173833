#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "s3/request.h"

namespace shoal {

/// S3's word for what is wrong ("SlowDown"); empty when the answer has none.
std::string error_code(const S3Answer& answer);

/// Whether another try of the same request may do better: the server is
/// overloaded, restarts, or was not reached.
bool may_pass(const S3Answer& answer);

/// The server did not get what was signed: the file changed in between.
bool says_body_changed(const S3Answer& answer);

/// How long the server asks to wait; nullopt when it does not say.
std::optional<Duration> wait_asked_for(const S3Answer& answer);

/// What an answer that is no success means, with its cure. `now` is this
/// machine's time, to be compared with the server's.
Error refusal(const S3Answer& answer, const std::string& bucket, const S3Service& service,
              WallTime now);

}  // namespace shoal
