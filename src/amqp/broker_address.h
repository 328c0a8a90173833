#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace shoal {

/// How a client proves who it is: with a password, or with the certificate of
/// its TLS connection (the broker needs rabbitmq_auth_mechanism_ssl for that).
enum class SaslMethod : std::uint8_t { plain, external };

/// Paths of PEM files.
struct TlsFiles {
  std::string ca;           // whom to trust; empty: the system's authorities
  std::string certificate;  // the client's own, with its chain; empty: none
  std::string key;          // of the certificate
};

/// Where a broker is, and as whom to enter.
struct BrokerAddress {
  std::string host;
  std::uint16_t port = 5672;
  std::string vhost = "/";
  std::string user;  // may be empty with SaslMethod::external
  std::string password;
  SaslMethod sasl = SaslMethod::plain;
  bool tls = false;
  TlsFiles tls_files;  // without meaning unless tls
  /// How often each end shows that it is there; whoever misses two in a row
  /// takes the connection for lost. At least 1.
  std::chrono::seconds heartbeat{30};

  /// "amqps://user@host:5671/vhost": for people, and never with the password.
  std::string text() const;
};

/// The value of an environment variable; nullopt when it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads `amqp[s]://user:pass@host:port/vhost`, each part percent-encoded
/// where it has to be; an IPv6 address stands in brackets. Understands the
/// query parameters cacertfile, certfile, keyfile, heartbeat (seconds) and
/// auth_mechanism (plain, external) of https://www.rabbitmq.com/docs/uri-query-parameters.
///
/// What the URL leaves out comes from RABBITMQ_HOST with RABBITMQ_PORT (a URL
/// that names its host does not get another one's port), RABBITMQ_USER and
/// RABBITMQ_PASS, then from the defaults: port 5672 or 5671, vhost "/",
/// guest with the password guest. An empty URL means: all from there.
///
/// Errors never quote what may be a part of a password.
Expected<BrokerAddress> read_broker_address(std::string_view url,
                                            const EnvironmentLookup& environment);

/// Whether the members fit together, for an address whose members were set one
/// by one: a host, a password or a certificate, a key for a certificate.
Expected<void> check_broker_address(const BrokerAddress& address);

}  // namespace shoal
