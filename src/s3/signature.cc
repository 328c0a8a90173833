#include "s3/signature.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "s3/digest.h"

namespace shoal {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// Without spaces at its ends, and one for several within.
std::string trimmed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c != ' ' || (!text.empty() && text.back() != ' ')) text += c;
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

struct CanonicalHeaders {
  std::string lines;  // each with its newline
  std::string names;  // separated by semicolons
};

/// Headers of one name become one, their values in the order given.
CanonicalHeaders canonical_headers(NamedTexts headers) {
  std::stable_sort(headers.begin(), headers.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  CanonicalHeaders canonical;
  for (std::size_t at = 0; at < headers.size(); ++at) {
    const auto& [name, value] = headers[at];
    if (at > 0 && headers[at - 1].first == name) {
      canonical.lines.pop_back();
      canonical.lines.append(",").append(trimmed(value)).append("\n");
      continue;
    }
    canonical.lines.append(name).append(":").append(trimmed(value)).append("\n");
    if (at > 0) canonical.names += ';';
    canonical.names += name;
  }
  return canonical;
}

Digest signing_key(const std::string& secret_key, std::string_view day, const SigningScope& scope) {
  Digest key = hmac_sha256("AWS4" + secret_key, day);
  key = hmac_sha256(bytes_of(key), scope.region);
  key = hmac_sha256(bytes_of(key), scope.service);
  return hmac_sha256(bytes_of(key), "aws4_request");
}

}  // namespace

std::string percent_encoded(std::string_view text, Slash slash) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && slash == Slash::kept)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string query_text(const NamedTexts& query) {
  NamedTexts encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(percent_encoded(name, Slash::encoded),
                         percent_encoded(value, Slash::encoded));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

std::string amz_date(WallTime time) {
  const std::time_t whole =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(whole));
}

std::string authorization(const SignableRequest& request, const S3Credentials& credentials,
                          const SigningScope& scope, std::string_view date) {
  const CanonicalHeaders headers = canonical_headers(request.headers);
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, query_text(request.query),
                  headers.lines, headers.names, request.payload);
  const std::string_view day = date.substr(0, date.find('T'));
  const std::string place = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, place, hex(sha256(canonical)));
  const Digest key = signing_key(credentials.secret_key, day, scope);
  return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                     credentials.access_key, place, headers.names,
                     hex(hmac_sha256(bytes_of(key), to_sign)));
}

}  // namespace shoal
