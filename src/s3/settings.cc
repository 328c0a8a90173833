#include "s3/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "exec/small_file.h"
#include "s3/profile_file.h"

namespace shoal {
namespace {

constexpr std::string_view kDefaultBucket = "asreview-storage";

/// Finds a setting: first in variables, then in the profile.
class Finder {
 public:
  explicit Finder(const S3Sources& sources) : sources_(sources) {
    const std::string name = variable({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}).value_or("default");
    const std::string folder = sources.variable("HOME").value_or("") + "/.aws/";
    const std::string configuration = variable({"AWS_CONFIG_FILE"}).value_or(folder + "config");
    const std::string credentials =
        variable({"AWS_SHARED_CREDENTIALS_FILE"}).value_or(folder + "credentials");
    // What stands in both is taken from the credentials.
    profile_ = find_profile(sources.file(credentials).value_or(""), name);
    profile_.merge(find_profile(sources.file(configuration).value_or(""), name));
  }

  /// The first that is set to something.
  std::optional<std::string> variable(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      const auto value = sources_.variable(name);
      if (value && !value->empty()) return value;
    }
    return std::nullopt;
  }
  std::optional<std::string> in_profile(const std::string& name) const {
    const auto found = profile_.find(name);
    if (found == profile_.end() || found->second.empty()) return std::nullopt;
    return found->second;
  }
  std::optional<std::string> find(std::initializer_list<const char*> names,
                                  const std::string& profile_name) const {
    auto value = variable(names);
    return value ? value : in_profile(profile_name);
  }

 private:
  const S3Sources& sources_;
  Profile profile_;
};

Expected<S3Credentials> find_credentials(const Finder& finder) {
  struct Names {
    const char* key;
    const char* secret;
    const char* token;
  };
  for (const Names& names :
       {Names{"S3_AWS_ACCESS_KEY_ID", "S3_AWS_SECRET_ACCESS_KEY", "S3_AWS_SESSION_TOKEN"},
        Names{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}}) {
    const auto key = finder.variable({names.key});
    const auto secret = finder.variable({names.secret});
    if (key && secret) {
      return S3Credentials{*key, *secret, finder.variable({names.token}).value_or("")};
    }
    if (key || secret) {
      return input_error(key ? names.secret : names.key,
                         fmt::format("it is not set, and {} is", key ? names.key : names.secret),
                         "Set both, or none");
    }
  }
  const auto key = finder.in_profile("aws_access_key_id");
  const auto secret = finder.in_profile("aws_secret_access_key");
  if (key && secret) {
    return S3Credentials{*key, *secret, finder.in_profile("aws_session_token").value_or("")};
  }
  return input_error("S3", "there are no credentials",
                     "Set S3_AWS_ACCESS_KEY_ID and S3_AWS_SECRET_ACCESS_KEY (or AWS_ACCESS_KEY_ID "
                     "and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials)");
}

bool is_host(std::string_view text) {
  const bool is_literal = text.starts_with('[') && text.ends_with(']');
  return !text.empty() &&
         text.find_first_of(is_literal ? " /?#@" : " /?#@[]:") == std::string_view::npos;
}

Expected<void> read_endpoint(std::string_view url, S3Service& service) {
  const auto bad = [](std::string message) {
    return input_error("S3_ENDPOINT_URL", std::move(message),
                       "Write it as https://host or http://host:9000");
  };
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
    service.tls = false;
  } else {
    return bad("it does not begin with https:// or http://");
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.find('@') != std::string_view::npos) {
    return bad("it holds a user or a password, which have variables of their own");
  }
  if (url.find_first_of("/?#") != std::string_view::npos) {
    return bad("something stands behind the host, where nothing belongs");
  }
  const std::size_t colon = url.ends_with(']') ? std::string_view::npos : url.rfind(':');
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : url.substr(colon + 1);
  service.host = url.substr(0, colon);
  if (!is_host(service.host)) return bad("its host cannot be read");
  if (colon == std::string_view::npos) return {};
  const char* const end = port.data() + port.size();
  const auto read = std::from_chars(port.data(), end, service.port);
  if (read.ec != std::errc{} || read.ptr != end || service.port == 0) {
    return bad("its port is no number from 1 to 65535");
  }
  return {};
}

Expected<void> read_style(const Finder& finder, bool is_amazon, S3Service& service) {
  const std::string style = finder.variable({"S3_ADDRESSING_STYLE"}).value_or("auto");
  if (style == "path") {
    service.style = S3Style::path;
  } else if (style == "virtual") {
    service.style = S3Style::virtual_host;
  } else if (style == "auto") {
    service.style = is_amazon ? S3Style::virtual_host : S3Style::path;
  } else {
    return input_error("S3_ADDRESSING_STYLE", fmt::format("there is no '{}'", style),
                       "Use path, virtual or auto");
  }
  return {};
}

/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
Expected<void> check_bucket(const std::string& bucket) {
  const bool has_good_letters = std::all_of(bucket.begin(), bucket.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  if (has_good_letters && bucket.size() >= 3 && bucket.size() <= 63) return {};
  return input_error("S3_BUCKET", fmt::format("'{}' can be no bucket", bucket),
                     "Names have 3 to 63 small letters, digits, dots and hyphens");
}

Expected<void> read_tries(const Finder& finder, S3Service& service) {
  const auto text = finder.find({"AWS_MAX_ATTEMPTS"}, "max_attempts");
  if (!text) return {};
  const char* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, service.most_tries);
  if (read.ec == std::errc{} && read.ptr == end && service.most_tries > 0) return {};
  return input_error("AWS_MAX_ATTEMPTS", fmt::format("'{}' is no number from 1", *text),
                     "Write for example 10");
}

}  // namespace

std::string S3Service::text() const {
  std::string url = fmt::format("{}://{}", tls ? "https" : "http", host);
  if (port != 0) url += fmt::format(":{}", port);
  return url;
}

S3Sources process_sources() {
  return {[](const std::string& name) -> std::optional<std::string> {
            const char* const value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          },
          read_small_file};
}

bool s3_is_configured(const S3Sources& sources) {
  constexpr const char* kNames[] = {"S3_ENDPOINT_URL", "S3_BUCKET", "S3_AWS_ACCESS_KEY_ID",
                                    "S3_AWS_SECRET_ACCESS_KEY"};
  return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* name) {
    return !sources.variable(name).value_or("").empty();
  });
}

Expected<S3Settings> read_s3_settings(const S3Sources& sources) {
  const Finder finder(sources);
  S3Settings settings;
  S3Service& service = settings.service;
  service.region = finder.find({"S3_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"}, "region")
                       .value_or("us-east-1");
  const auto endpoint =
      finder.find({"S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, "endpoint_url");
  const std::string amazon = fmt::format("https://s3.{}.amazonaws.com", service.region);
  if (auto read = read_endpoint(endpoint.value_or(amazon), service); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = read_style(finder, service.host.ends_with(".amazonaws.com"), service); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = read_tries(finder, service); !read) return tl::unexpected(read.error());
  service.ca_file = finder.find({"AWS_CA_BUNDLE"}, "ca_bundle").value_or("");
  auto credentials = find_credentials(finder);
  if (!credentials) return tl::unexpected(credentials.error());
  service.credentials = std::move(*credentials);

  settings.target.bucket = finder.variable({"S3_BUCKET"}).value_or(std::string(kDefaultBucket));
  if (auto good = check_bucket(settings.target.bucket); !good) return tl::unexpected(good.error());
  settings.target.prefix = finder.variable({"S3_PREFIX"}).value_or("");
  return settings;
}

}  // namespace shoal
