#include "app/broker_choice.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "app/project.h"

namespace shoal {

Expected<BrokerAddress> broker_of(const std::string& option) {
  const std::string_view url = option == "env" ? std::string_view() : std::string_view(option);
  return read_broker_address(url, [](const std::string& name) { return environment_value(name); });
}

LinkOptions link_options(const std::string& name) {
  LinkOptions options;
  options.connection.name = name;
  return options;
}

std::string host_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

void hide_passwords(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const std::size_t scheme = word.find("://");
    if (word.find("amqp") == std::string_view::npos || scheme == std::string_view::npos) continue;
    const std::size_t user = scheme + 3;
    const std::size_t at = word.rfind('@');
    const std::size_t colon = word.find(':', user);
    if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) continue;
    std::fill(words[i] + colon + 1, words[i] + at, 'x');
  }
}

}  // namespace shoal
