#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "s3/settings.h"
#include "s3/signature.h"

namespace shoal {

/// A piece of a file, read while it is sent.
struct FileRange {
  int descriptor = -1;      // open for reading; must stay so until the request is over
  std::uint64_t begin = 0;  // bytes
  std::uint64_t size = 0;
};

/// One request, not yet signed, so that it can be signed anew for each try.
struct S3Request {
  std::string method;
  std::string bucket;
  std::string key;  // empty: the bucket itself
  NamedTexts query;
  NamedTexts headers;  // names in lower case
  std::variant<std::string, FileRange> body;
  std::string body_sha256;        // in hex
  bool is_answered_late = false;  // the server may think for minutes before it answers
};

struct S3Answer {
  int status = 0;             // of HTTP; 0: there was no answer
  std::string failure;        // why there was none, for people
  bool may_pass = true;       // of a failure: another try may do better
  bool file_changed = false;  // a failure, because the file is shorter than it was
  std::map<std::string, std::string> headers = {};  // names in lower case
  std::string body = {};                            // at most kMostAnswerBytes

  bool good() const { return status >= 200 && status < 300; }
  /// Empty when it is absent.
  std::string header(const std::string& name) const;
};

/// Of answers only errors and short XML are read.
inline constexpr std::size_t kMostAnswerBytes = 256 * 1024;

/// A request as it is sent.
struct SignedRequest {
  std::string url;
  std::vector<std::string> headers;  // "name: value"; without Host and Content-Length
};

/// `now` is what this machine believes to be the time.
SignedRequest sign(const S3Request& request, const S3Service& service, WallTime now);

/// The text between <name> and </name>, entities resolved; empty when there is
/// none. Enough for S3's answers, whose names are unique in them.
std::string xml_value(std::string_view xml, std::string_view name);
/// The text as it may stand between two tags.
std::string xml_escaped(std::string_view text);

}  // namespace shoal
