#include "exec/zip_check.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

class ZipCheck : public testing::Test {
 protected:
  /// A real archive, with `options` for Python's ZipFile.
  std::string make(const std::string& statements) {
    const std::string program = "import zipfile\nz = zipfile.ZipFile('" + (folder / "made.zip") +
                                "', 'w', zipfile.ZIP_DEFLATED)\n" + statements + "\nz.close()\n";
    folder.write("make.py", program);
    const std::string command = "python3 '" + (folder / "make.py") + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return folder.read("made.zip");
  }
  bool is_complete(std::string_view bytes) {
    folder.write("checked", bytes);
    return is_complete_zip(folder / "checked");
  }
  TemporaryFolder folder;
};

constexpr const char* kTwoMembers = "z.writestr('a', 'x' * 1000)\nz.writestr('b/c', 'y')";

TEST_F(ZipCheck, AcceptsWholeArchives) {
  EXPECT_TRUE(is_complete(make(kTwoMembers)));
  EXPECT_TRUE(is_complete(make("pass"))) << "empty";
  EXPECT_TRUE(
      is_complete(make(std::string(kTwoMembers) + "\nz.comment = b'PK\\5\\6 in a comment'")));
}

std::string little_endian(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> 8 * i & 0xFF);
  return bytes;
}

/// The same archive with its directory described by 64-bit records only.
std::string with_64_bit_records(const std::string& archive) {
  const std::size_t end = archive.rfind(std::string_view("PK\5\6", 4));
  const auto field = [&archive, end](std::size_t at) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(archive[end + at])) |
           static_cast<std::uint64_t>(static_cast<unsigned char>(archive[end + at + 1])) << 8;
  };
  std::string record = "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) +
                       little_endian(45, 2) + little_endian(0, 8) + little_endian(field(10), 8) +
                       little_endian(field(10), 8) + little_endian(field(12), 8) +
                       little_endian(field(16), 8);
  const std::string locator =
      "PK\6\7" + little_endian(0, 4) + little_endian(end, 8) + little_endian(1, 4);
  std::string small = archive.substr(end);
  small.replace(8, 12, 12, '\xFF');
  return archive.substr(0, end) + record + locator + small;
}

TEST_F(ZipCheck, AcceptsDirectoriesOf64Bits) {
  const std::string archive = with_64_bit_records(make(kTwoMembers));
  EXPECT_TRUE(is_complete(archive));
  EXPECT_FALSE(is_complete(std::string(archive).insert(40, "more")));
}

TEST_F(ZipCheck, RejectsAnArchiveCutAnywhere) {
  const std::string whole = make(kTwoMembers);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(is_complete(whole.substr(0, size))) << size << " of " << whole.size();
  }
}

TEST_F(ZipCheck, RejectsAnArchiveWithAHoleBeforeItsDirectory) {
  const std::string whole = make(kTwoMembers);
  EXPECT_FALSE(is_complete(std::string(whole).erase(40, 10)));
  EXPECT_FALSE(is_complete(std::string(whole).insert(40, "more")));
}

TEST_F(ZipCheck, RejectsOverwrittenHeaders) {
  const std::string whole = make(kTwoMembers);
  for (const std::string_view header : {std::string_view("PK\3\4"), std::string_view("PK\1\2")}) {
    std::string broken = whole;
    broken.replace(broken.find(header), header.size(), "????");
    EXPECT_FALSE(is_complete(broken));
  }
}

TEST_F(ZipCheck, RejectsOtherFiles) {
  EXPECT_FALSE(is_complete("text"));
  EXPECT_FALSE(is_complete(std::string(100'000, '\0')));
  EXPECT_FALSE(is_complete_zip(folder / "absent"));
  EXPECT_FALSE(is_complete_zip(folder.path()));
}

}  // namespace
}  // namespace shoal
