#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "amqp/connection.h"
#include "amqp/library.h"

namespace shoal {
namespace {

constexpr int kAnyNumberOfChannels = 0;  // as many as the broker allows
constexpr int kFrameBytes = 131072;      // the broker's default

using Opened = BrokerExpected<amqp_socket_t*>;

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

/// What OpenSSL put on this thread's list of errors last; empty: nothing but
/// that the other side hung up.
std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  if (code == 0 || ERR_GET_LIB(code) == ERR_LIB_SYS) return {};
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {};
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "" : reason;
}

BrokerExpected<void> trust(amqp_socket_t* socket, const BrokerAddress& address) {
  const TlsFiles& files = address.tls_files;
  auto* context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  if (files.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (amqp_ssl_socket_set_cacert(socket, files.ca.c_str()) != AMQP_STATUS_OK) {
    return broker_error(BrokerErrorKind::tls, files.ca,
                        "the authority's certificate cannot be read",
                        "Name a PEM file with the certificate of whoever signed the broker's");
  }
  amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
  // Both, or the library checks no name at all. It does not know addresses in
  // certificates; OpenSSL does, as a part of what verify_peer asks for.
  const bool by_address = is_ip_address(address.host);
  if (by_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(context), address.host.c_str());
  }
  amqp_ssl_socket_set_verify_peer(socket, 1);
  amqp_ssl_socket_set_verify_hostname(socket, by_address ? 0 : 1);
  return {};
}

Opened make_tls_socket(amqp_connection_state_t state, const BrokerAddress& address) {
  amqp_socket_t* socket = amqp_ssl_socket_new(state);
  if (socket == nullptr) {
    return broker_error(BrokerErrorKind::tls, address.text(), "OpenSSL could not be set up");
  }
  if (auto trusted = trust(socket, address); !trusted) return tl::unexpected(trusted.error());
  const TlsFiles& files = address.tls_files;
  if (!files.certificate.empty() && amqp_ssl_socket_set_key(socket, files.certificate.c_str(),
                                                            files.key.c_str()) != AMQP_STATUS_OK) {
    return broker_error(
        BrokerErrorKind::tls, files.certificate,
        fmt::format("the client's certificate and its key {} cannot be used together", files.key),
        "Name two PEM files, readable for you, that belong together; the key without passphrase");
  }
  return socket;
}

BrokerError with_cure(BrokerErrorKind kind, const std::string& place, std::string message,
                      std::string cure) {
  return broker_error(kind, place, std::move(message), std::move(cure)).value();
}

/// Why there is no connection, by the library's status.
BrokerError error_of_opening(int status, const BrokerAddress& address) {
  const std::string place = address.text();
  switch (status) {
    case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
      return with_cure(BrokerErrorKind::unreachable, place,
                       fmt::format("there is no host '{}'", address.host), "Check its name");
    case AMQP_STATUS_TIMEOUT:
      return with_cure(BrokerErrorKind::timed_out, place, "the broker does not answer",
                       "Check host, port and firewall");
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
      return with_cure(BrokerErrorKind::tls, place,
                       "the broker's certificate is not signed by an authority that is trusted "
                       "here, has expired, or is for another address",
                       "Name the file of the authority that signed it, and the host as the "
                       "certificate does");
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
      return with_cure(
          BrokerErrorKind::tls, place,
          fmt::format("the broker's certificate is not for the host '{}'", address.host),
          "Name the host as the certificate does");
    case AMQP_STATUS_SSL_CONNECTION_FAILED:
    case AMQP_STATUS_SSL_ERROR:
      if (const std::string reason = openssl_reason(); !reason.empty()) {
        return with_cure(BrokerErrorKind::tls, place,
                         fmt::format("TLS cannot be set up ({})", reason),
                         "Check that the port speaks TLS, and whether it asks for a client's "
                         "certificate");
      }
      [[fallthrough]];
    case AMQP_STATUS_CONNECTION_CLOSED:
    case AMQP_STATUS_BAD_AMQP_DATA:
      return with_cure(BrokerErrorKind::unreachable, place,
                       "something answers, but hangs up before the end of the greeting",
                       address.tls ? "Check that a broker listens on that port, and that it "
                                     "accepts the client's certificate or needs none"
                                   : "Check that a broker listens on that port, and whether it "
                                     "wants TLS (amqps://)");
    default:
      return with_cure(BrokerErrorKind::unreachable, place, "no broker answers there",
                       "Check host and port, and whether the broker runs");
  }
}

/// What the broker said instead of letting the client in.
BrokerError error_of_refusal(int code, const std::string& text, const BrokerAddress& address) {
  const std::string place = address.text();
  const std::string said = "the broker says: " + text;
  BrokerError error = error_of_reply(code, text, place);
  if (code == AMQP_ACCESS_REFUSED) {
    error = with_cure(BrokerErrorKind::credentials, place, said,
                      address.sasl == SaslMethod::plain
                          ? "Check the user and the password (RABBITMQ_USER, RABBITMQ_PASS)"
                          : "Check that the broker has a user of the certificate's name");
  } else if (code == AMQP_NOT_ALLOWED && text.ends_with("not found")) {
    error = with_cure(BrokerErrorKind::vhost, place, said,
                      "Check the vhost in the address, or make it (rabbitmqctl add_vhost)");
  } else if (code == AMQP_NOT_ALLOWED && text.find("connection limit (") != std::string::npos) {
    error = with_cure(BrokerErrorKind::unreachable, place, said, "");
  } else if (code == AMQP_NOT_ALLOWED) {
    error = with_cure(BrokerErrorKind::permission, place, said,
                      "Grant the user the vhost (rabbitmqctl set_permissions)");
  }
  error.code = code;
  return error;
}

amqp_rpc_reply_t log_in(amqp_connection_state_t state, const BrokerAddress& address,
                        const ConnectionOptions& options) {
  std::array capabilities{make_entry("publisher_confirms", true),
                          make_entry("consumer_cancel_notify", true),
                          make_entry("basic.nack", true), make_entry("connection.blocked", true)};
  const amqp_table_t capability_table{static_cast<int>(capabilities.size()), capabilities.data()};
  const std::string product = "shoal";
  std::array properties{make_entry("product", product), make_entry("connection_name", options.name),
                        make_entry("capabilities", capability_table)};
  const amqp_table_t table{static_cast<int>(properties.size()), properties.data()};
  const int heartbeat = static_cast<int>(address.heartbeat.count());
  ERR_clear_error();
  if (address.sasl == SaslMethod::external) {
    // The broker takes the name from the certificate and ignores this one, but
    // the library takes an empty name for a lack of memory.
    const std::string identity = address.user.empty() ? "certificate" : address.user;
    return amqp_login_with_properties(state, address.vhost.c_str(), kAnyNumberOfChannels,
                                      kFrameBytes, heartbeat, &table, AMQP_SASL_METHOD_EXTERNAL,
                                      identity.c_str());
  }
  return amqp_login_with_properties(state, address.vhost.c_str(), kAnyNumberOfChannels, kFrameBytes,
                                    heartbeat, &table, AMQP_SASL_METHOD_PLAIN, address.user.c_str(),
                                    address.password.c_str());
}

BrokerExpected<void> check_login(const amqp_rpc_reply_t& reply, const BrokerAddress& address) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return {};
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
      reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto& close = *static_cast<amqp_connection_close_t*>(reply.reply.decoded);
    return tl::unexpected(error_of_refusal(close.reply_code, string_of(close.reply_text), address));
  }
  if (reply.library_error == AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD) {
    const bool external = address.sasl == SaslMethod::external;
    return broker_error(
        BrokerErrorKind::credentials, address.text(),
        fmt::format("the broker does not offer the mechanism {}", external ? "EXTERNAL" : "PLAIN"),
        external ? "Enable its plugin rabbitmq_auth_mechanism_ssl, and name "
                   "EXTERNAL among its auth_mechanisms"
                 : "Give a client's certificate in place of a password");
  }
  return tl::unexpected(error_of_opening(reply.library_error, address));
}

/// A publish waits for room in the socket, during which the library watches no
/// heartbeats, so the kernel has to tell when the other end takes nothing more.
void give_up_unheard(int socket, std::chrono::milliseconds patience) {
  const auto milliseconds = static_cast<unsigned int>(patience.count());
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

std::string version_of(amqp_connection_state_t state) {
  const amqp_table_t* properties = amqp_get_server_properties(state);
  const amqp_table_entry_t* entry =
      properties == nullptr ? nullptr : find_entry(*properties, "version");
  if (entry == nullptr ||
      (entry->value.kind != AMQP_FIELD_KIND_UTF8 && entry->value.kind != AMQP_FIELD_KIND_BYTES)) {
    return {};
  }
  return string_of(entry->value.value.bytes);
}

}  // namespace

BrokerExpected<Connection> Connection::open(const BrokerAddress& address,
                                            const ConnectionOptions& options) {
  if (auto checked = check_broker_address(address); !checked) {
    return tl::unexpected(BrokerError{BrokerErrorKind::credentials, 0, checked.error()});
  }
  Connection connection;
  connection.place_ = address.text();
  connection.state_.reset(amqp_new_connection());
  amqp_connection_state_t state = connection.state_.get();
  if (state == nullptr) {
    return broker_error(BrokerErrorKind::unreachable, connection.place_, "memory is short");
  }
  const timeval open_timeout = timeval_of(options.open_timeout);
  const timeval request_timeout = timeval_of(options.request_timeout);
  amqp_set_handshake_timeout(state, &open_timeout);
  amqp_set_rpc_timeout(state, &request_timeout);

  const Opened socket =
      address.tls ? make_tls_socket(state, address) : Opened(amqp_tcp_socket_new(state));
  if (!socket) return tl::unexpected(socket.error());
  ERR_clear_error();
  const int status =
      amqp_socket_open_noblock(*socket, address.host.c_str(), address.port, &open_timeout);
  if (status != AMQP_STATUS_OK) return tl::unexpected(error_of_opening(status, address));
  if (auto in = check_login(log_in(state, address, options), address); !in) {
    return tl::unexpected(in.error());
  }
  give_up_unheard(amqp_get_sockfd(state), 2 * address.heartbeat);
  connection.server_version_ = version_of(state);
  amqp_maybe_release_buffers(state);
  return connection;
}

}  // namespace shoal
