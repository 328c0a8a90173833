#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

/// CRC-32C, which S3 keeps of objects whose sender chose it (RFC 3720, appendix
/// B.4, has its test vectors).
class Crc32cStream {
 public:
  void add(std::string_view bytes);
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFF;
};

/// As it stands in x-amz-checksum-crc32c: big-endian, in base64.
std::string base64_of_crc(std::uint32_t value);

}  // namespace shoal
