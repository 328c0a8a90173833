#include "s3/crc32c.h"

#include <array>

#include "s3/digest.h"

namespace shoal {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // of Castagnoli, bits reversed

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) * kPolynomial);
    table[byte] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace

void Crc32cStream::add(std::string_view bytes) {
  for (const char c : bytes) {
    state_ = kTable[(state_ ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (state_ >> 8U);
  }
}

std::string base64_of_crc(std::uint32_t value) {
  const std::array<char, 4> bytes = {static_cast<char>(value >> 24U),
                                     static_cast<char>(value >> 16U),
                                     static_cast<char>(value >> 8U), static_cast<char>(value)};
  return base64(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace shoal
