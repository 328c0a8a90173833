#include "s3/settings.h"

#include <gtest/gtest.h>

#include <map>

#include "s3/profile_file.h"

namespace shoal {
namespace {

/// A machine with these variables and files, and a HOME.
class SettingsTest : public ::testing::Test {
 protected:
  S3Sources sources() const {
    return {[this](const std::string& name) { return find(variables, name); },
            [this](const std::string& path) { return find(files, path); }};
  }
  S3Settings good() const {
    const auto settings = read_s3_settings(sources());
    EXPECT_TRUE(settings) << settings.error().sentence();
    return settings.value_or(S3Settings{});
  }
  std::string complaint() const {
    const auto settings = read_s3_settings(sources());
    return settings ? "" : settings.error().sentence();
  }

  using Texts = std::map<std::string, std::string>;
  Texts variables{{"HOME", "/home/me"}};
  Texts files;

 private:
  static std::optional<std::string> find(const Texts& texts, const std::string& name) {
    const auto found = texts.find(name);
    if (found == texts.end()) return std::nullopt;
    return found->second;
  }
};

TEST_F(SettingsTest, TheGuidesVariablesAreEnough) {
  variables["S3_ENDPOINT_URL"] = "http://127.0.0.1:9000/";
  variables["S3_REGION_NAME"] = "eu-west-1";
  variables["S3_AWS_ACCESS_KEY_ID"] = "KEY";
  variables["S3_AWS_SECRET_ACCESS_KEY"] = "SECRET";
  variables["S3_PREFIX"] = "study/one";
  EXPECT_TRUE(s3_is_configured(sources()));
  const S3Settings settings = good();
  EXPECT_EQ(settings.service.text(), "http://127.0.0.1:9000");
  EXPECT_EQ(settings.service.region, "eu-west-1");
  EXPECT_EQ(settings.service.style, S3Style::path);
  EXPECT_EQ(settings.service.credentials.access_key, "KEY");
  EXPECT_EQ(settings.service.credentials.secret_key, "SECRET");
  EXPECT_EQ(settings.target.bucket, "asreview-storage");
  EXPECT_EQ(settings.target.prefix, "study/one");
}

TEST_F(SettingsTest, WithoutAnEndpointItIsAmazonsOfTheRegion) {
  variables["AWS_ACCESS_KEY_ID"] = "KEY";
  variables["AWS_SECRET_ACCESS_KEY"] = "SECRET";
  variables["AWS_SESSION_TOKEN"] = "TOKEN";
  variables["AWS_DEFAULT_REGION"] = "eu-central-1";
  variables["AWS_CA_BUNDLE"] = "/etc/ca.pem";
  EXPECT_FALSE(s3_is_configured(sources()));
  const S3Settings settings = good();
  EXPECT_EQ(settings.service.text(), "https://s3.eu-central-1.amazonaws.com");
  EXPECT_EQ(settings.service.style, S3Style::virtual_host);
  EXPECT_EQ(settings.service.credentials.session_token, "TOKEN");
  EXPECT_EQ(settings.service.ca_file, "/etc/ca.pem");
}

TEST_F(SettingsTest, AProfileGivesWhatTheVariablesLeaveOut) {
  variables["AWS_PROFILE"] = "study";
  files["/home/me/.aws/credentials"] =
      "[default]\naws_access_key_id = OTHER\naws_secret_access_key = OTHER\n"
      "[study]\n# of the group\naws_access_key_id=KEY\naws_secret_access_key = SE=CRET\n";
  files["/home/me/.aws/config"] =
      "[profile study]\nregion = nl-ams\nendpoint_url = https://s3.nl-ams.example\n"
      "s3 =\n  region = wrong\n";
  const S3Settings settings = good();
  EXPECT_EQ(settings.service.text(), "https://s3.nl-ams.example");
  EXPECT_EQ(settings.service.region, "nl-ams");
  EXPECT_EQ(settings.service.credentials.access_key, "KEY");
  EXPECT_EQ(settings.service.credentials.secret_key, "SE=CRET");
}

TEST_F(SettingsTest, OneHalfOfAKeyIsAnErrorThatDoesNotShowIt) {
  variables["S3_AWS_SECRET_ACCESS_KEY"] = "hidden";
  EXPECT_EQ(complaint(),
            "S3_AWS_ACCESS_KEY_ID: it is not set, and S3_AWS_SECRET_ACCESS_KEY is. Set both, or "
            "none.");
}

TEST_F(SettingsTest, NoCredentialsIsAnErrorThatNamesTheVariables) {
  variables["S3_ENDPOINT_URL"] = "https://s3.example";
  EXPECT_NE(complaint().find("Set S3_AWS_ACCESS_KEY_ID and S3_AWS_SECRET_ACCESS_KEY"),
            std::string::npos);
}

TEST_F(SettingsTest, WhatCannotBeReadIsNamed) {
  variables["S3_AWS_ACCESS_KEY_ID"] = variables["S3_AWS_SECRET_ACCESS_KEY"] = "x";
  const auto complaint_about = [&](const std::string& name, const std::string& value) {
    const auto kept = variables;
    variables[name] = value;
    const std::string text = complaint();
    variables = kept;
    return text;
  };
  for (const char* url : {"localhost:9000", "https://", "https://host/bucket", "http://host:0",
                          "http://host:99999", "https://a:b:c", "https://ho st"}) {
    EXPECT_TRUE(complaint_about("S3_ENDPOINT_URL", url).starts_with("S3_ENDPOINT_URL: ")) << url;
  }
  const std::string with_password = complaint_about("S3_ENDPOINT_URL", "https://me:pass@host");
  EXPECT_EQ(with_password.find("pass@"), std::string::npos);
  EXPECT_FALSE(with_password.empty());
  EXPECT_TRUE(complaint_about("S3_BUCKET", "No_Bucket").starts_with("S3_BUCKET: "));
  EXPECT_TRUE(complaint_about("S3_ADDRESSING_STYLE", "odd").starts_with("S3_ADDRESSING_STYLE: "));
  EXPECT_TRUE(complaint_about("AWS_MAX_ATTEMPTS", "0").starts_with("AWS_MAX_ATTEMPTS: "));
}

TEST_F(SettingsTest, AnIpv6EndpointStandsInBrackets) {
  variables["S3_AWS_ACCESS_KEY_ID"] = variables["S3_AWS_SECRET_ACCESS_KEY"] = "x";
  variables["S3_ENDPOINT_URL"] = "http://[::1]:9000";
  EXPECT_EQ(good().service.host, "[::1]");
  EXPECT_EQ(good().service.port, 9000);
}

TEST(ProfileFile, ReadsOnlyTheSectionThatIsAskedFor) {
  const std::string text = "[a]\nx = 1\n\n[profile b]\nX = 2 ; kept\n[profilec]\nx = 3";
  EXPECT_EQ(find_profile(text, "a"), (Profile{{"x", "1"}}));
  EXPECT_EQ(find_profile(text, "b"), (Profile{{"x", "2 ; kept"}}));
  EXPECT_EQ(find_profile(text, "profilec"), (Profile{{"x", "3"}}));
  EXPECT_TRUE(find_profile(text, "none").empty());
}

}  // namespace
}  // namespace shoal
