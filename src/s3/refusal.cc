#include "s3/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

#include "base/text.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestWaitAskedFor = 60s;

struct Meaning {
  std::string_view code;
  std::string_view message;
  std::string_view cure;
};

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what
// other servers call the same.
constexpr std::string_view kWrongKey = "the server does not know the access key";
constexpr std::string_view kKeyCure =
    "Check S3_AWS_ACCESS_KEY_ID (or AWS_ACCESS_KEY_ID, or the profile)";
constexpr std::array<Meaning, 13> kMeanings{{
    {"SignatureDoesNotMatch", "the server rejects the signature: the secret key is wrong",
     "Check S3_AWS_SECRET_ACCESS_KEY (or AWS_SECRET_ACCESS_KEY, or the profile)"},
    {"InvalidAccessKeyId", kWrongKey, kKeyCure},
    {"XAdminUserNotFound", kWrongKey, kKeyCure},
    {"AccessDenied", "the server does not allow it to this access key",
     "Give the key the rights to put, get and list objects of the bucket"},
    {"NoSuchBucket", "there is no such bucket", "Make it, or name another one with S3_BUCKET"},
    {"ExpiredToken", "the temporary credentials have expired",
     "Get new ones, and start again to go on"},
    {"InvalidToken", "the session token is not valid",
     "Check AWS_SESSION_TOKEN; it belongs to the access key"},
    {"AuthorizationHeaderMalformed", "the region is not the bucket's",
     "Set S3_REGION_NAME (or AWS_REGION) to the region of the bucket"},
    {"PermanentRedirect", "the bucket stands in another region",
     "Set S3_REGION_NAME (or AWS_REGION) and S3_ENDPOINT_URL to those of the bucket"},
    {"BadDigest", "what arrived is not what was sent", "The file changes while it is uploaded"},
    {"XAmzContentSHA256Mismatch", "what arrived is not what was sent",
     "The file changes while it is uploaded"},
    {"EntityTooLarge", "the file is larger than the server takes", ""},
    {"QuotaExceeded", "the bucket or its server is full", "Make room there"},
}};

/// The server's clock, by its header Date (RFC 9110, 5.6.7).
std::optional<WallTime> server_time(const S3Answer& answer) {
  std::tm parts{};
  const std::string date = answer.header("date");
  if (::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

Error clock_error(const S3Answer& answer, std::string place, WallTime now) {
  std::string message = "this machine's clock and the server's are too far apart";
  if (const auto theirs = server_time(answer)) {
    // Servers refuse what is minutes off, so the seconds say nothing.
    const auto ahead = std::chrono::round<std::chrono::minutes>(now - *theirs);
    message =
        fmt::format("this machine's clock is {} min {} the server's, which refuses that",
                    std::chrono::abs(ahead).count(), ahead.count() < 0 ? "behind" : "ahead of");
  }
  return {ErrorKind::infrastructure, std::move(place), std::move(message),
          "Set the clock (timedatectl set-ntp true)"};
}

std::string unknown_answer(const S3Answer& answer) {
  std::string text = fmt::format("the server answers {}", answer.status);
  if (const std::string code = error_code(answer); !code.empty()) text += " " + code;
  const std::string message = one_line(xml_value(answer.body, "Message"), 200);
  if (!message.empty()) text += fmt::format(" ({})", message);
  return text;
}

std::string_view cure_of_status(int status) {
  switch (status) {
    case 301:
    case 307:
      return "Set S3_ENDPOINT_URL and S3_REGION_NAME to those of the bucket";
    case 403:
      return "Check the keys and their rights with: shoal doctor --s3";
    case 404:
      return "Check the bucket and S3_ENDPOINT_URL with: shoal doctor --s3";
    default:
      return "";
  }
}

}  // namespace

std::string error_code(const S3Answer& answer) { return xml_value(answer.body, "Code"); }

bool may_pass(const S3Answer& answer) {
  if (answer.status == 0) return answer.may_pass;
  const std::string code = error_code(answer);
  if (code == "RequestTimeout" || code == "ConditionalRequestConflict" ||
      code == "OperationAborted" || code == "InternalError" || code == "SlowDown") {
    return true;
  }
  return answer.status == 408 || answer.status == 429 ||
         (answer.status >= 500 && answer.status != 501 && answer.status != 505);
}

bool says_body_changed(const S3Answer& answer) {
  if (answer.file_changed) return true;
  const std::string code = error_code(answer);
  return code == "BadDigest" || code == "XAmzContentSHA256Mismatch" ||
         code == "XAmzContentChecksumMismatch";
}

std::optional<Duration> wait_asked_for(const S3Answer& answer) {
  const std::string text = answer.header("retry-after");
  unsigned count = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return std::min<Duration>(std::chrono::seconds(count), kLongestWaitAskedFor);
}

Error refusal(const S3Answer& answer, const std::string& bucket, const S3Service& service,
              WallTime now) {
  std::string place = fmt::format("{}/{}", service.text(), bucket);
  if (answer.status == 0) {
    return {ErrorKind::infrastructure, std::move(place), answer.failure,
            "Check S3_ENDPOINT_URL and the network with: shoal doctor --s3"};
  }
  const std::string code = error_code(answer);
  if (code == "RequestTimeTooSkewed") return clock_error(answer, std::move(place), now);
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) {
      return {ErrorKind::infrastructure, std::move(place), std::string(meaning.message),
              std::string(meaning.cure)};
    }
  }
  return {ErrorKind::infrastructure, std::move(place), unknown_answer(answer),
          std::string(cure_of_status(answer.status))};
}

}  // namespace shoal
