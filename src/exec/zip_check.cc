#include "exec/zip_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "exec/descriptor.h"

// Records and offsets: the .ZIP File Format Specification (APPNOTE.TXT), 4.3.
namespace shoal {
namespace {

constexpr std::string_view kMemberHeader("PK\3\4", 4);
constexpr std::string_view kDirectoryEntry("PK\1\2", 4);
constexpr std::string_view kEndRecord("PK\5\6", 4);
constexpr std::string_view kEndRecord64("PK\6\6", 4);
constexpr std::string_view kEndLocator64("PK\6\7", 4);
constexpr std::size_t kEndRecordSize = 22;
constexpr std::size_t kEndRecord64Size = 56;
constexpr std::size_t kEndLocator64Size = 20;
constexpr std::size_t kDirectoryEntrySize = 46;
constexpr std::uint64_t kLargestComment = 65535;
constexpr std::uint64_t kLargestDirectory = 256 << 20;
constexpr std::uint64_t kIn64BitField = 0xFFFFFFFF;

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

struct CentralDirectory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
  std::uint64_t end = 0;  // offset of the record that must follow it
};

class ZipFile {
 public:
  explicit ZipFile(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    if (::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode)) {
      size_ = static_cast<std::uint64_t>(status.st_size);
    }
  }

  bool is_complete() {
    const std::optional<CentralDirectory> directory = find_directory();
    return directory && directory->size <= kLargestDirectory &&
           directory->offset + directory->size == directory->end && members_are_there(*directory);
  }

 private:
  /// Empty when the file has not that many bytes there.
  std::string read(std::uint64_t offset, std::uint64_t size) {
    if (offset > size_ || size > size_ - offset) return {};
    std::string bytes(size, '\0');
    const ssize_t got =
        ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    return got == static_cast<ssize_t>(size) ? bytes : std::string();
  }

  /// The end record is the last thing in the file, but for its comment.
  std::optional<CentralDirectory> find_directory() {
    const std::uint64_t searched = std::min<std::uint64_t>(size_, kEndRecordSize + kLargestComment);
    const std::string tail = read(size_ - searched, searched);
    for (std::size_t at = tail.rfind(kEndRecord); at != std::string::npos;
         at = at == 0 ? std::string::npos : tail.rfind(kEndRecord, at - 1)) {
      if (tail.size() - at < kEndRecordSize) continue;
      if (at + kEndRecordSize + little_endian(tail, at + 20, 2) != tail.size()) continue;
      CentralDirectory directory;
      directory.end = size_ - searched + at;
      directory.entries = little_endian(tail, at + 10, 2);
      directory.size = little_endian(tail, at + 12, 4);
      directory.offset = little_endian(tail, at + 16, 4);
      return directory.offset == kIn64BitField || directory.entries == 0xFFFF
                 ? find_directory_64(directory)
                 : directory;
    }
    return std::nullopt;
  }

  std::optional<CentralDirectory> find_directory_64(const CentralDirectory& small) {
    if (small.end < kEndLocator64Size) return std::nullopt;
    const std::string locator = read(small.end - kEndLocator64Size, kEndLocator64Size);
    if (!locator.starts_with(kEndLocator64)) return small;  // just that many entries
    CentralDirectory directory;
    directory.end = little_endian(locator, 8, 8);
    const std::string record = read(directory.end, kEndRecord64Size);
    if (!record.starts_with(kEndRecord64)) return std::nullopt;
    directory.entries = little_endian(record, 32, 8);
    directory.size = little_endian(record, 40, 8);
    directory.offset = little_endian(record, 48, 8);
    return directory;
  }

  bool members_are_there(const CentralDirectory& directory) {
    const std::string bytes = read(directory.offset, directory.size);
    if (bytes.size() != directory.size) return false;
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      if (bytes.size() - at < kDirectoryEntrySize) return false;
      const std::string_view entry = std::string_view(bytes).substr(at);
      if (!entry.starts_with(kDirectoryEntry)) return false;
      const std::uint64_t member = little_endian(entry, 42, 4);
      if (member != kIn64BitField && read(member, kMemberHeader.size()) != kMemberHeader) {
        return false;
      }
      at += kDirectoryEntrySize + little_endian(entry, 28, 2) + little_endian(entry, 30, 2) +
            little_endian(entry, 32, 2);
      if (at > bytes.size()) return false;
    }
    return at == bytes.size();
  }

  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace

bool is_complete_zip(const std::string& path) { return ZipFile(path).is_complete(); }

}  // namespace shoal
