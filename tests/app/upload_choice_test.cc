#include "app/upload_choice.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>

#include "app/manifest.h"
#include "app/project.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStudy =
    "asreview metrics a.asreview -o out/metrics/a.json\n"
    "sort a.csv > out/a.txt\n"
    "sort a.csv > /elsewhere/a.txt\n"
    "sort a.csv > ../a.txt\n"
    "fill a.csv out/all\n";

/// A study in a folder of its own, and what would be uploaded of it.
class UploadChoiceTest : public testing::Test {
 protected:
  UploadChoiceTest() {
    fs::current_path(folder_.path());
    folder_.write(".shoal/commands.toml",
                  "[[command]]\nprogram = \"fill\"\n"
                  "argument = [{ reads = \"{}\" }, { writes = \"{}/\" }]\n");
    project_.emplace(Project::load(folder_.write("jobs.sh", kStudy), "auto", {}).value());
  }
  ~UploadChoiceTest() override { fs::current_path(before_); }

  /// "path", "path/ only glob" for folders; of all commands.
  std::vector<std::string> files(const std::vector<std::string>& words) const {
    const auto choice = UploadChoice::make(words, {"bucket", "prefix"});
    std::vector<std::string> all;
    for (std::uint32_t id = 1; id <= project_->plan().command_count(); ++id) {
      const UploadSpec spec = choice->spec_for(project_->plan(), CommandId{id});
      EXPECT_EQ(spec.bucket, spec.empty() ? "" : "bucket");
      for (const UploadSpec::Files& each : spec.files) {
        all.push_back(each.path + (each.extent == Extent::exact ? "" : "/") +
                      (each.only.empty() ? "" : " only " + each.only));
      }
    }
    return all;
  }

 private:
  fs::path before_ = fs::current_path();
  TemporaryFolder folder_;
  std::optional<Project> project_;
};

using Words = std::vector<std::string>;

TEST_F(UploadChoiceTest, MetricsAreWhatTheirCommandsWrite) {
  EXPECT_EQ(files({"metrics"}), Words({"out/metrics/a.json"}));
}

TEST_F(UploadChoiceTest, AllOutputsAreThoseBelowTheWorkingFolder) {
  EXPECT_EQ(files({"all-outputs"}), Words({"out/metrics/a.json", "out/a.txt", "out/all"}));
}

TEST_F(UploadChoiceTest, AGlobDecidesAboutFilesNowAndAboutFoldersLater) {
  EXPECT_EQ(files({"out/*"}), Words({"out/a.txt only out/*", "out/all only out/*"}));
  EXPECT_EQ(files({"out/*", "metrics"}),
            Words({"out/metrics/a.json", "out/a.txt only out/*", "out/all only out/*"}));
  EXPECT_EQ(files({"out/all/*.txt"}), Words({"out/all only out/all/*.txt"}));
}

TEST_F(UploadChoiceTest, WordsThatMakeNoSenseAreRefused) {
  for (const Words& words : {Words{"none", "metrics"}, Words{"/out/*"}, Words{"../*"}, Words{""}}) {
    EXPECT_FALSE(UploadChoice::make(words, {})) << words.front();
  }
}

class UploadDefaultTest : public testing::Test {
 protected:
  Expected<std::optional<UploadChoice>> choose(const Words& words, const std::string& prefix = "") {
    const S3Sources sources{[this](const std::string& name) -> std::optional<std::string> {
                              const auto found = variables.find(name);
                              if (found == variables.end()) return std::nullopt;
                              return found->second;
                            },
                            [](const std::string&) { return std::nullopt; }};
    return choose_uploads(words, prefix, sources);
  }
  std::map<std::string, std::string> variables;
};

TEST_F(UploadDefaultTest, NothingIsUploadedWhereNobodySetItUp) {
  variables = {{"AWS_ACCESS_KEY_ID", "k"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  EXPECT_FALSE(choose({}).value());
  EXPECT_TRUE(choose({"all-outputs"}).value());
}

TEST_F(UploadDefaultTest, HalfOfASetUpIsAnErrorThatNamesTheWayOut) {
  variables = {{"S3_ENDPOINT_URL", "http://127.0.0.1:1"}};
  const auto choice = choose({});
  ASSERT_FALSE(choice);
  EXPECT_NE(choice.error().sentence().find("or say --upload none"), std::string::npos);
  EXPECT_FALSE(choose({"none"}).value());
}

TEST_F(UploadDefaultTest, ThePrefixIsTheGivenOneThenTheRunsThenTheEnvironmentsThenTheTime) {
  variables = {{"S3_AWS_ACCESS_KEY_ID", "k"}, {"S3_AWS_SECRET_ACCESS_KEY", "s"}};
  const WallTime created(std::chrono::seconds(1'732'456'789));
  EXPECT_EQ(target_of(choose({}).value()->target(), false, nullptr, created).prefix,
            iso_time(created));
  variables["S3_PREFIX"] = "of-the-environment/";
  const S3Target from_environment = choose({}).value()->target();
  EXPECT_EQ(target_of(from_environment, false, nullptr, created).prefix, "of-the-environment");
  RunRecord record;
  record.opens.emplace_back().bucket = "bucket";
  record.opens.back().prefix = "of-the-run";
  EXPECT_EQ(target_of(from_environment, false, &record, created).prefix, "of-the-run");
  const S3Target given = choose({}, "given").value()->target();
  EXPECT_EQ(target_of(given, true, &record, created).prefix, "given");
}

TEST(Manifest, NamesEachFileInTheOrderOfTheCommands) {
  RunRecord record;
  for (const std::uint32_t id : {7U, 3U}) {
    CommandRecord& command = record.commands.emplace_back();
    command.command = CommandId{id};
    command.attempts = id - 1;
  }
  record.uploads[0] = {{"b\xff.json", "p/b\xff.json", 5, "bb"}};
  record.uploads[1] = {{"a \"1\".json", "p/a \"1\".json", 4, "aa"}};
  EXPECT_EQ(
      manifest_text(record),
      R"({"key":"p/a \"1\".json","path":"a \"1\".json","size":4,"sha256":"aa","command":3,"attempt":2})"
      "\n"
      R"({"key":"p/b\u0000ff.json","path":"b\u0000ff.json","size":5,"sha256":"bb","command":7,"attempt":6})"
      "\n");
}

}  // namespace
}  // namespace shoal
