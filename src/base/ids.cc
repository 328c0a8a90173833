#include "base/ids.h"

#include <algorithm>
#include <array>

namespace shoal {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kTimeCharacters = 10;
constexpr std::size_t kRandomCharacters = 16;

}  // namespace

RunId RunId::make(std::uint64_t unix_milliseconds, std::string_view random) {
  std::string text(kTimeCharacters + kRandomCharacters, '0');
  for (std::size_t i = 0; i < kTimeCharacters; ++i) {
    text[kTimeCharacters - 1 - i] = kCrockford[unix_milliseconds & 31U];
    unix_milliseconds >>= 5U;
  }
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  std::size_t at = kTimeCharacters;
  for (const char byte : random) {
    bits = (bits << 8U) | static_cast<unsigned char>(byte);
    bit_count += 8;
    while (bit_count >= 5 && at < text.size()) {
      bit_count -= 5;
      text[at++] = kCrockford[(bits >> bit_count) & 31U];
    }
  }
  return RunId(std::move(text));
}

bool RunId::is_valid(std::string_view text) {
  return text.size() == kTimeCharacters + kRandomCharacters && text.front() <= '7' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return kCrockford.find(c) != std::string_view::npos; });
}

}  // namespace shoal
