#include "plan/export.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/plan/makita_jobs.h"
#include "tests/plan/planning.h"

namespace shoal {
namespace {

using Json = nlohmann::json;

std::string exported(const Plan& plan, PlanFormat format, const std::vector<Finding>& findings) {
  std::string all;
  export_plan(plan, findings, format, [&](std::string_view piece) { all += piece; });
  return all;
}

Json json_of(const std::string& jobs) {
  const PlannedText planned = plan_of(jobs);
  return Json::parse(exported(planned.plan, PlanFormat::json, planned.plan.findings()));
}

TEST(Export, JsonIsTheContract) {
  const Json json = json_of("mkdir output\n\necho x > output/a\n");
  EXPECT_EQ(json, Json::parse(R"({
    "version": 1,
    "commands": [
      {"id": 1, "line": 1, "text": "mkdir output", "kind": "mkdir", "reads": [], "writes": [],
       "makes": ["output"], "after": [], "barrier": null},
      {"id": 2, "line": 3, "text": "echo x > output/a", "kind": "none", "reads": [],
       "writes": ["output/a"], "makes": [], "after": [1], "barrier": null}],
    "modes": {"mode": "auto", "depth": 2, "width": 1},
    "findings": []})"));
}

TEST(Export, JsonListsJoinsAboveTheCommands) {
  const Json json = json_of("echo 1 > d/a\necho 2 > d/b\ncat d/* > c\n");
  ASSERT_EQ(json["joins"].size(), 1U);
  EXPECT_EQ(json["joins"][0], Json::parse(R"({"id": 4, "after": [1, 2]})"));
  EXPECT_EQ(json["commands"][2]["after"], Json::parse("[4]"));
  EXPECT_EQ(json["commands"][2]["reads"], Json::parse(R"(["d/*"])"));
}

TEST(Export, JsonGivesTheReasonOfABarrierAndTheFindings) {
  const Json json = json_of("make\n");
  EXPECT_TRUE(json["commands"][0]["barrier"].is_string());
  EXPECT_EQ(json["findings"][0]["severity"], "note");
  EXPECT_EQ(json["findings"][0]["line"], 1);
}

TEST(Export, JsonOfABrokenTextIsValid) {
  const Json json = json_of("echo '\xFF' > \"quo\\\"te\"\n");
  EXPECT_EQ(json["commands"].size(), 1U);
}

TEST(Export, TextSumsUpByKind) {
  const PlannedText planned =
      plan_of(makita_jobs(makita_shape("1.1"), MakitaTemplate::basic, 2, 3));
  const std::string text =
      exported(planned.plan, PlanFormat::text, {{Severity::error, 7, "data/A.csv does not exist"}});
  EXPECT_NE(text.find("36 commands in 7 steps one after another"), std::string::npos) << text;
  EXPECT_NE(text.find("metrics                6  6        mkdir, simulate"), std::string::npos)
      << text;
  EXPECT_NE(text.find("error    line 7: data/A.csv does not exist"), std::string::npos) << text;
}

TEST(Export, DotNamesEveryNodeAndEdge) {
  const PlannedText planned = plan_of("echo \"x\" > a\ncat a > b\n");
  const std::string dot = exported(planned.plan, PlanFormat::dot, {});
  EXPECT_TRUE(dot.starts_with("digraph"));
  EXPECT_NE(dot.find("n1 [label=\"1: echo \\\"x\\\" > a\"]"), std::string::npos) << dot;
  EXPECT_NE(dot.find("n1 -> n2;"), std::string::npos) << dot;
}

}  // namespace
}  // namespace shoal
