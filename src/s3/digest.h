#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace shoal {

/// SHA-256: 32 bytes.
using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);

std::string hex(const Digest& digest);
std::string base64(std::string_view bytes);
std::string base64(const Digest& digest);
/// The digest as bytes in a string, to be a key or a part of what is hashed.
std::string_view bytes_of(const Digest& digest);

/// The SHA-256 of what comes piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();

  void add(std::string_view bytes);
  /// Of everything so far. Nothing may be added afterwards.
  Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace shoal
