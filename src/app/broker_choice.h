#pragma once

#include <cstdint>
#include <string>

#include "amqp/broker_address.h"
#include "amqp/link.h"
#include "base/error.h"

namespace shoal {

/// The address that an option --broker means; "env": all from the environment.
Expected<BrokerAddress> broker_of(const std::string& option);

/// For a connection that the broker's management page shows under that name.
LinkOptions link_options(const std::string& name);

/// This machine's name.
std::string host_name();

/// Overwrites what stands between `user:` and `@host` in broker URLs among the
/// program's words, which every user of the machine can read (ps(1)).
void hide_passwords(int count, char** words);

}  // namespace shoal
