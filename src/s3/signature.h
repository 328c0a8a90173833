#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace shoal {

/// Who asks. The secret never stands in a request, a log or an error.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // of temporary ones; empty: none
};

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

/// What Signature Version 4 covers:
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
struct SignableRequest {
  std::string method;
  std::string path;     // percent-encoded, as it is sent
  NamedTexts query;     // names and values as they are, not encoded
  NamedTexts headers;   // names in lower case; with host and x-amz-date
  std::string payload;  // SHA-256 of the body in hex, or a word such as UNSIGNED-PAYLOAD
};

struct SigningScope {
  std::string region;
  std::string service = "s3";
};

enum class Slash : bool { kept, encoded };
/// Percent-encodes every byte but letters, digits and -._~ (RFC 3986), and the
/// slash if asked.
std::string percent_encoded(std::string_view text, Slash slash);

/// "name=value&...", encoded and sorted as the signature wants it; also right
/// in a URL.
std::string query_text(const NamedTexts& query);

/// "20130524T000000Z".
std::string amz_date(WallTime time);

/// The value of the header Authorization. `date` is amz_date of the time at
/// which the request is signed.
std::string authorization(const SignableRequest& request, const S3Credentials& credentials,
                          const SigningScope& scope, std::string_view date);

}  // namespace shoal
