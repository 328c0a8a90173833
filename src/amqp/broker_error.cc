#include "amqp/broker_error.h"

namespace shoal {
namespace {

// https://www.rabbitmq.com/amqp-0-9-1-reference
constexpr int kConnectionForced = 320;
constexpr int kAccessRefused = 403;
constexpr int kNotFound = 404;
constexpr int kResourceLocked = 405;
constexpr int kPreconditionFailed = 406;
constexpr int kInternalError = 541;

BrokerErrorKind kind_of(int code, const std::string& text) {
  switch (code) {
    case kAccessRefused:
      return BrokerErrorKind::permission;
    case kNotFound:
      return BrokerErrorKind::not_found;
    case kResourceLocked:
      return BrokerErrorKind::locked;
    case kPreconditionFailed:
      // "delivery acknowledgement on channel 1 timed out": rabbit_channel.erl
      return text.find("delivery acknowledgement on channel") != std::string::npos
                 ? BrokerErrorKind::acknowledgement_late
                 : BrokerErrorKind::precondition;
    case kConnectionForced:
    case kInternalError:
      return BrokerErrorKind::lost;
    default:
      return BrokerErrorKind::protocol;
  }
}

std::string cure_of(BrokerErrorKind kind) {
  switch (kind) {
    case BrokerErrorKind::permission:
      return "Let an administrator of the broker grant the user this permission "
             "(rabbitmqctl set_permissions)";
    case BrokerErrorKind::precondition:
      return "Another version of shoal may have made it: let it end its runs, or delete the "
             "queue or exchange";
    case BrokerErrorKind::acknowledgement_late:
      return "Raise consumer_timeout in the broker's configuration";
    default:
      return {};
  }
}

}  // namespace

bool BrokerError::is_permanent() const {
  switch (kind) {
    case BrokerErrorKind::credentials:
    case BrokerErrorKind::vhost:
    case BrokerErrorKind::tls:
    case BrokerErrorKind::permission:
    case BrokerErrorKind::precondition:
      return true;
    default:
      return false;
  }
}

BrokerError error_of_reply(int code, const std::string& text, const std::string& place) {
  const BrokerErrorKind kind = kind_of(code, text);
  return {kind, code,
          Error{ErrorKind::infrastructure, place, "the broker says: " + text, cure_of(kind)}};
}

}  // namespace shoal
