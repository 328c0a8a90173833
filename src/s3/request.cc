#include "s3/request.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace shoal {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEntities{{
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&quot;", "\""},
    {"&apos;", "'"},
    {"&amp;", "&"},
}};

struct Place {
  std::string host;  // as in the header Host
  std::string path;  // encoded
};

Place place_of(const S3Request& request, const S3Service& service) {
  Place place;
  place.host = service.host;
  place.path = "/";
  if (service.style == S3Style::virtual_host) {
    place.host = request.bucket + "." + place.host;
  } else {
    place.path += percent_encoded(request.bucket, Slash::encoded);
    if (!request.key.empty()) place.path += '/';
  }
  place.path += percent_encoded(request.key, Slash::kept);
  const int usual_port = service.tls ? 443 : 80;
  if (service.port != 0 && service.port != usual_port) {
    place.host += fmt::format(":{}", service.port);
  }
  return place;
}

}  // namespace

std::string S3Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

SignedRequest sign(const S3Request& request, const S3Service& service, WallTime now) {
  const Place place = place_of(request, service);
  const std::string date = amz_date(now);
  SignableRequest signable{request.method, place.path, request.query, request.headers,
                           request.body_sha256};
  signable.headers.emplace_back("x-amz-content-sha256", request.body_sha256);
  signable.headers.emplace_back("x-amz-date", date);
  if (!service.credentials.session_token.empty()) {
    signable.headers.emplace_back("x-amz-security-token", service.credentials.session_token);
  }
  SignedRequest made;
  for (const auto& [name, value] : signable.headers) made.headers.push_back(name + ": " + value);
  signable.headers.emplace_back("host", place.host);
  made.headers.push_back("Authorization: " +
                         authorization(signable, service.credentials, {service.region}, date));
  made.url = fmt::format("{}://{}{}", service.tls ? "https" : "http", place.host, place.path);
  if (!request.query.empty()) made.url += "?" + query_text(request.query);
  return made;
}

std::string xml_value(std::string_view xml, std::string_view name) {
  const std::string opening = fmt::format("<{}>", name);
  const std::size_t begin = xml.find(opening);
  if (begin == std::string_view::npos) return {};
  std::string_view value = xml.substr(begin + opening.size());
  const std::size_t end = value.find(fmt::format("</{}>", name));
  if (end == std::string_view::npos) return {};
  value = value.substr(0, end);
  std::string text;
  while (!value.empty()) {
    std::size_t taken = 1;
    std::string_view meant = value.substr(0, 1);
    for (const auto& [entity, character] : kEntities) {
      if (!value.starts_with(entity)) continue;
      meant = character;
      taken = entity.size();
    }
    text += meant;
    value.remove_prefix(taken);
  }
  return text;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    std::string_view written(&c, 1);
    for (const auto& [entity, character] : kEntities) {
      if (written == character) written = entity;
    }
    out += written;
  }
  return out;
}

}  // namespace shoal
