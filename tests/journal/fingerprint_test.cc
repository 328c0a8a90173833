#include "journal/fingerprint.h"

#include <gtest/gtest.h>

#include "tests/journal/files.h"

namespace shoal {
namespace {

TEST(Fingerprint, TellsSizeAndTimeAndOnRequestTheContent) {
  const TemporaryFolder folder;
  write_file(folder / "a", "abc");
  const Fingerprint plain = fingerprint_of(folder / "a", false);
  EXPECT_EQ(plain.size, 3);
  EXPECT_GT(plain.modified_nanoseconds, 1'600'000'000'000'000'000);
  EXPECT_FALSE(plain.sha256.has_value());
  // The value for "abc" of FIPS 180-2, appendix B.1.
  EXPECT_EQ(fingerprint_of(folder / "a", true).sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Fingerprint, OfAnAbsentFileHasNoSize) {
  const Fingerprint absent = fingerprint_of("/nowhere/at/all", true);
  EXPECT_EQ(absent.size, -1);
  EXPECT_FALSE(absent.sha256.has_value());
}

TEST(Fingerprint, OfAFolderSaysOnlyThatItIsThere) {
  const TemporaryFolder folder;
  const Fingerprint before = fingerprint_of(folder.path(), true);
  write_file(folder / "new", "");
  EXPECT_EQ(fingerprint_of(folder.path(), true), before);
  EXPECT_EQ(before.size, 0);
}

}  // namespace
}  // namespace shoal
