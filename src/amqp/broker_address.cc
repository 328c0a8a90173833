#include "amqp/broker_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace shoal {
namespace {

constexpr std::string_view kPlace = "broker address";
constexpr std::string_view kForm = "Write it as amqp://user@host:port/vhost, or amqps:// for TLS";

tl::unexpected<Error> address_error(std::string message, std::string cure) {
  return input_error(std::string(kPlace), std::move(message), std::move(cure));
}

/// The parts of a URL, still encoded; nullopt where it has none.
struct UrlParts {
  bool tls = false;
  std::optional<std::string_view> user;
  std::optional<std::string_view> password;
  std::string_view host;
  std::optional<std::string_view> port;
  std::optional<std::string_view> vhost;
  std::string_view query;
};

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// `what` names the part of the address, which the error must not quote.
Expected<std::string> percent_decoded(std::string_view text, std::string_view what) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    unsigned byte = 0;
    const char* const digits = text.data() + at + 1;
    if (at + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
      return address_error(fmt::format("a % in the {} is not followed by two hex digits", what),
                           "Write %25 for the character % itself");
    }
    if (byte == 0) {
      return address_error(fmt::format("the {} contains a NUL byte", what), "Take the %00 out");
    }
    out += static_cast<char>(byte);
    at += 2;
  }
  return out;
}

/// Cuts `text` at the first `mark`; what stands behind it, if there is one.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

Expected<void> split_host(std::string_view host, UrlParts& parts) {
  if (!host.starts_with('[')) {
    parts.port = cut(host, ':');
    parts.host = host;
    if (parts.port && parts.port->find(':') != std::string_view::npos) {
      return address_error("there is more than one : behind the user",
                           "Put an IPv6 address in brackets, as in amqp://[::1]:5672");
    }
    return {};
  }
  const std::size_t end = host.find(']');
  const std::string_view behind =
      end == std::string_view::npos ? std::string_view() : host.substr(end + 1);
  if (end == std::string_view::npos || (!behind.empty() && behind.front() != ':')) {
    return address_error("the brackets around the host are not closed, or not followed by a port",
                         "Write an IPv6 address as in amqp://[::1]:5672");
  }
  parts.host = host.substr(1, end - 1);
  if (!behind.empty()) parts.port = behind.substr(1);
  return {};
}

Expected<UrlParts> split(std::string_view url) {
  UrlParts parts;
  if (url.starts_with("amqps://")) {
    parts.tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("amqp://")) {
    url.remove_prefix(7);
  } else {
    return address_error("it does not begin with amqp:// or amqps://", std::string(kForm));
  }
  if (const auto query = cut(url, '?')) parts.query = *query;
  std::string_view place = url;
  parts.vhost = cut(place, '/');
  if (parts.vhost && parts.vhost->find('@') != std::string_view::npos) {
    return address_error("an @ stands behind a /",
                         "Write / as %2F, : as %3A and @ as %40 in the user and the password");
  }
  if (parts.vhost && parts.vhost->find('/') != std::string_view::npos) {
    return address_error("the vhost contains a /", "Write / as %2F in the name of a vhost");
  }
  if (parts.vhost && parts.vhost->empty()) parts.vhost.reset();
  if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
    std::string_view user = place.substr(0, at);
    parts.password = cut(user, ':');
    parts.user = user;
    place.remove_prefix(at + 1);
  }
  if (auto done = split_host(place, parts); !done) return tl::unexpected(done.error());
  return parts;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

class AddressReader {
 public:
  AddressReader(UrlParts parts, const EnvironmentLookup& environment)
      : parts_(parts), environment_(environment) {}

  Expected<BrokerAddress> read() {
    address_.tls = parts_.tls;
    for (const auto step : {&AddressReader::read_place, &AddressReader::read_vhost,
                            &AddressReader::read_query, &AddressReader::read_user}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    }
    if (auto done = check_broker_address(address_); !done) return tl::unexpected(done.error());
    return address_;
  }

 private:
  std::optional<std::string> variable(const std::string& name) const {
    auto value = environment_(name);
    return value && value->empty() ? std::nullopt : value;
  }

  Expected<void> read_place() {
    address_.port = address_.tls ? 5671 : 5672;
    if (parts_.host.empty()) return read_place_from_environment();
    auto host = percent_decoded(parts_.host, "host");
    if (!host) return tl::unexpected(host.error());
    address_.host = *host;
    if (!parts_.port) return {};
    const auto port = port_number(*parts_.port);
    if (!port) {
      return address_error("what stands behind the host's : is no port from 1 to 65535",
                           "Write a port number, or leave it out with its :");
    }
    address_.port = *port;
    return {};
  }

  Expected<void> read_place_from_environment() {
    const auto host = variable("RABBITMQ_HOST");
    if (!host) {
      return input_error({}, "no broker is named",
                         "Give its address (amqp://user@host:port/vhost) or set RABBITMQ_HOST");
    }
    address_.host = *host;
    const auto text = variable("RABBITMQ_PORT");
    if (!text) return {};
    // Kubernetes sets RABBITMQ_PORT to "tcp://10.0.0.7:5672" beside a service
    // called rabbitmq.
    std::string_view digits = *text;
    if (digits.starts_with("tcp://")) digits.remove_prefix(digits.rfind(':') + 1);
    const auto port = port_number(digits);
    if (!port) {
      return input_error("RABBITMQ_PORT", fmt::format("'{}' is no port from 1 to 65535", *text),
                         "Set it to the broker's port, or unset it");
    }
    address_.port = *port;
    return {};
  }

  Expected<void> read_vhost() {
    if (!parts_.vhost) return {};
    auto vhost = percent_decoded(*parts_.vhost, "vhost");
    if (!vhost) return tl::unexpected(vhost.error());
    address_.vhost = *vhost;
    return {};
  }

  Expected<void> read_query() {
    std::string_view rest = parts_.query;
    while (!rest.empty()) {
      std::string_view name = rest;
      rest = cut(name, '&').value_or(std::string_view());
      auto value = percent_decoded(cut(name, '=').value_or(std::string_view()), "query");
      if (!value) return tl::unexpected(value.error());
      if (auto done = set_parameter(name, *value); !done) return done;
    }
    return {};
  }

  Expected<void> set_parameter(std::string_view name, const std::string& value) {
    if (name == "cacertfile") {
      address_.tls_files.ca = value;
    } else if (name == "certfile") {
      address_.tls_files.certificate = value;
    } else if (name == "keyfile") {
      address_.tls_files.key = value;
    } else if (name == "auth_mechanism" && (value == "plain" || value == "external")) {
      address_.sasl = value == "plain" ? SaslMethod::plain : SaslMethod::external;
    } else if (name == "heartbeat") {
      return read_heartbeat(value);
    } else {
      return address_error(
          "a parameter behind the ? is unknown, or has an unknown value",
          "Use cacertfile, certfile, keyfile, heartbeat, and auth_mechanism=plain or external");
    }
    return {};
  }

  Expected<void> read_heartbeat(const std::string& value) {
    std::uint16_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc() || end != value.data() + value.size() || seconds == 0) {
      return address_error("its heartbeat is no number of seconds from 1 to 65535",
                           "Write heartbeat=30");
    }
    address_.heartbeat = std::chrono::seconds(seconds);
    return {};
  }

  Expected<void> read_user() {
    if (parts_.user && !parts_.user->empty()) {
      auto user = percent_decoded(*parts_.user, "user");
      if (!user) return tl::unexpected(user.error());
      address_.user = *user;
    } else if (const auto user = variable("RABBITMQ_USER")) {
      address_.user = *user;
    }
    if (parts_.password) {
      auto password = percent_decoded(*parts_.password, "password");
      if (!password) return tl::unexpected(password.error());
      address_.password = *password;
    } else if (const auto password = variable("RABBITMQ_PASS")) {
      address_.password = *password;
    }
    if (address_.user.empty() && address_.password.empty() && address_.sasl == SaslMethod::plain) {
      address_.user = "guest";
      address_.password = "guest";
    }
    return {};
  }

  UrlParts parts_;
  const EnvironmentLookup& environment_;
  BrokerAddress address_;
};

}  // namespace

std::string BrokerAddress::text() const {
  std::string out = tls ? "amqps://" : "amqp://";
  if (!user.empty()) out += percent_encoded(user) + "@";
  out += host.find(':') == std::string::npos ? host : "[" + host + "]";
  fmt::format_to(std::back_inserter(out), ":{}/", port);
  if (vhost != "/") out += percent_encoded(vhost);
  return out;
}

Expected<BrokerAddress> read_broker_address(std::string_view url,
                                            const EnvironmentLookup& environment) {
  if (url.empty()) return AddressReader({}, environment).read();
  const auto parts = split(url);
  if (!parts) return tl::unexpected(parts.error());
  return AddressReader(*parts, environment).read();
}

Expected<void> check_broker_address(const BrokerAddress& address) {
  if (address.host.empty()) return address_error("it has no host", std::string(kForm));
  const bool has_nul = std::ranges::any_of(
      std::initializer_list<const std::string*>{&address.host, &address.vhost, &address.user,
                                                &address.password},
      [](const std::string* text) { return text->find('\0') != std::string::npos; });
  if (has_nul) return address_error("it contains a NUL byte", "Take it out");
  const TlsFiles& files = address.tls_files;
  const bool names_files = !files.ca.empty() || !files.certificate.empty() || !files.key.empty();
  if (names_files && !address.tls) {
    return address_error("certificates are given for a connection without TLS",
                         "Write amqps:// in place of amqp://");
  }
  if (files.certificate.empty() != files.key.empty()) {
    return address_error("a client's certificate and its key go together",
                         "Give both files, or neither");
  }
  if (address.sasl == SaslMethod::external && files.certificate.empty()) {
    return address_error("a client's certificate is to say who you are, but there is none",
                         "Give the files of the certificate and of its key");
  }
  if (address.sasl == SaslMethod::plain && address.user.empty()) {
    return address_error("a password is given, but no user",
                         "Write amqp://user@host, or set RABBITMQ_USER");
  }
  if (address.sasl == SaslMethod::plain && address.password.empty()) {
    return address_error(fmt::format("there is no password for the user '{}'", address.user),
                         "Set RABBITMQ_PASS");
  }
  return {};
}

}  // namespace shoal
