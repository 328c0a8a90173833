#include "app/sweep_settings.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using Words = std::vector<std::string>;

TEST(SweepSettings, EachLineIsASettingWithAFolder) {
  const auto settings =
      read_settings("# models\n-m nb -e tfidf\n\n  -m logistic\t\r\n", "args.txt");
  ASSERT_TRUE(settings) << settings.error().sentence();
  ASSERT_EQ(settings->size(), 2);
  EXPECT_EQ((*settings)[0].folder, "-m_nb_-e_tfidf");
  EXPECT_EQ((*settings)[0].words, (Words{"-m", "nb", "-e", "tfidf"}));
  EXPECT_EQ((*settings)[1].line, 4);
  EXPECT_EQ((*settings)[1].text, "-m logistic");
}

TEST(SweepSettings, QuotesKeepWordsTogether) {
  const auto settings = read_settings("--name 'a b' \"c\"\n", "args.txt");
  ASSERT_TRUE(settings);
  EXPECT_EQ((*settings)[0].words, (Words{"--name", "a b", "c"}));
  EXPECT_EQ((*settings)[0].folder, "--name__a_b___c_");
}

TEST(SweepSettings, AFolderIsNeitherHiddenNorAboveNorTooLong) {
  const auto settings = read_settings("..\n../x\n" + std::string(300, 'a') + "\n", "args.txt");
  ASSERT_TRUE(settings);
  EXPECT_EQ((*settings)[0].folder, "_..");
  EXPECT_EQ((*settings)[1].folder, "_.._x");
  EXPECT_EQ((*settings)[2].folder.size(), 200);
}

TEST(SweepSettings, RefusesWhatIsNotWords) {
  for (const char* line : {"a; b", "a > b", "$(a)", "a *.csv", "'a", "a | b"}) {
    const auto settings = read_settings(std::string("-m nb\n") + line + "\n", "args.txt");
    ASSERT_FALSE(settings) << line;
    EXPECT_EQ(settings.error().place, "args.txt:2");
  }
}

TEST(SweepSettings, RefusesTwoOfOneFolder) {
  const auto settings = read_settings("-m nb\n-m  nb\n-m_nb\n", "args.txt");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().place, "args.txt:3");
  EXPECT_NE(settings.error().message.find("line 1"), std::string::npos);
}

TEST(SweepSettings, RefusesAFileWithoutAny) { EXPECT_FALSE(read_settings("# none\n", "args.txt")); }

TEST(SweepSettings, PutsASettingIntoTheCommand) {
  const auto settings = read_settings("-m nb\n", "args.txt");
  EXPECT_EQ(command_for((*settings)[0], {"make", "{settings}", "--name={name}", "x: {settings}"}),
            (Words{"make", "-m", "nb", "--name=-m_nb", "x: -m nb"}));
}

}  // namespace
}  // namespace shoal
