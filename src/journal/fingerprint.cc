#include "journal/fingerprint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "journal/disk.h"
#include "journal/file_descriptor.h"

namespace shoal {
namespace {

std::optional<std::string> sha256_of(const std::string& path) {
  constexpr std::size_t kBlock = 256 * 1024;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  if (!file || !context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return std::nullopt;
  }
  std::vector<char> block(kBlock);
  for (off_t offset = 0;;) {
    const ssize_t got = read_at(file.get(), block.data(), block.size(), offset);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(got));
    offset += got;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

Fingerprint fingerprint_of(const std::string& path, bool with_hash) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  Fingerprint fingerprint;
  fingerprint.path = path;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fingerprint;
  if (S_ISDIR(status.st_mode)) {
    fingerprint.size = 0;
    return fingerprint;
  }
  fingerprint.size = status.st_size;
  fingerprint.modified_nanoseconds = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
  if (with_hash && S_ISREG(status.st_mode)) fingerprint.sha256 = sha256_of(path);
  return fingerprint;
}

}  // namespace shoal
