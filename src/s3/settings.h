#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "s3/signature.h"

namespace shoal {

/// Where a bucket stands in a URL.
enum class S3Style : std::uint8_t {
  path,          // https://host/bucket/key
  virtual_host,  // https://bucket.host/key
};

/// A server that speaks S3, and as whom to speak with it. Stays on the machine
/// whose environment it is from: it never travels.
struct S3Service {
  bool tls = true;
  std::string host;
  std::uint16_t port = 0;  // 0: the scheme's own
  S3Style style = S3Style::path;
  std::string region = "us-east-1";
  S3Credentials credentials;
  std::string ca_file;            // PEM, whom to trust; empty: the system's authorities
  std::uint32_t most_tries = 10;  // of one request, the first included

  /// "https://host:9000": for people, and never with the credentials.
  std::string text() const;
};

/// Where a run's results go: nothing of it is secret.
struct S3Target {
  std::string bucket;
  std::string prefix;  // of keys, without a slash at its end; empty: none given
};

/// What the environment and the profiles of this machine say.
struct S3Settings {
  S3Service service;
  S3Target target;
};

/// Reads the machine: the value of an environment variable, and the text of a
/// file; nullopt when there is none.
struct S3Sources {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<std::optional<std::string>(const std::string& path)> file;
};

/// Of this process.
S3Sources process_sources();

/// Whether the user set up S3 for shoal, by one of the S3_* variables: AWS_*
/// ones alone may be there for another reason.
bool s3_is_configured(const S3Sources& sources);

/// S3_ENDPOINT_URL, S3_REGION_NAME, S3_AWS_ACCESS_KEY_ID,
/// S3_AWS_SECRET_ACCESS_KEY, S3_AWS_SESSION_TOKEN, S3_BUCKET, S3_PREFIX,
/// S3_ADDRESSING_STYLE; what these leave out comes from the AWS_* variables and
/// then from the profile in the files of credentials and configuration:
/// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
///
/// Errors name the variable that is wrong or missing, never the value of one
/// that may be secret.
Expected<S3Settings> read_s3_settings(const S3Sources& sources);

}  // namespace shoal
