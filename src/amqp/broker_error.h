#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "base/error.h"

namespace shoal {

enum class BrokerErrorKind : std::uint8_t {
  unreachable,           // no broker answers there now
  timed_out,             // no answer in time
  lost,                  // the connection, or the channel, is gone
  credentials,           // user, password or certificate refused
  vhost,                 // there is no such vhost
  tls,                   // a certificate that does not hold, or no TLS at all
  permission,            // 403: the user may not do this
  not_found,             // 404: no such queue or exchange
  locked,                // 405: an exclusive queue of another connection
  precondition,          // 406: it exists with other arguments, or is misused
  acknowledgement_late,  // 406: a delivery was unacknowledged for too long
  protocol,              // anything else that the broker objects to
};

/// What went wrong between shoal and a broker.
struct BrokerError {
  BrokerErrorKind kind = BrokerErrorKind::lost;
  int code = 0;  // AMQP's reply code, when the broker said so: 403, 404, 406...
  Error error;   // for people

  /// Whether trying again later cannot help: somebody has to change something.
  bool is_permanent() const;
};

template <class T>
using BrokerExpected = tl::expected<T, BrokerError>;

inline tl::unexpected<BrokerError> broker_error(BrokerErrorKind kind, std::string place,
                                                std::string message, std::string cure = {}) {
  return tl::unexpected(BrokerError{
      kind, 0,
      Error{ErrorKind::infrastructure, std::move(place), std::move(message), std::move(cure)}});
}

/// The error for a reply code and text with which a broker closed a channel or
/// a connection that was open. `place` is the broker's address.
BrokerError error_of_reply(int code, const std::string& text, const std::string& place);

}  // namespace shoal
