// The plans of Makita's jobs files, from 0.5 to 1.1: every command waits for
// what it needs, and no simulation for anything but folders.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/plan/makita_jobs.h"
#include "tests/plan/planning.h"

namespace shoal {
namespace {

struct Case {
  std::string version;
  MakitaTemplate form;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.version << " template " << static_cast<int>(c.form);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const std::string version : {"0.5", "0.6", "0.7", "0.8", "0.10", "0.11", "1.0", "1.1"}) {
    for (const auto form :
         {MakitaTemplate::basic, MakitaTemplate::arfi, MakitaTemplate::multimodel}) {
      cases.push_back({version, form});
    }
    if (version == "0.10" || version == "0.11" || version == "1.0" || version == "1.1") {
      cases.push_back({version, MakitaTemplate::prior});
    }
  }
  return cases;
}

class Makita : public testing::TestWithParam<Case> {
 protected:
  Makita()
      : planned_(plan_of(makita_jobs(makita_shape(GetParam().version), GetParam().form, 3, 4))),
        graph_(planned_.plan.graph()) {}

  const Plan& plan() const { return planned_.plan; }

  std::vector<CommandId> all_of(std::string_view kind) const {
    std::vector<CommandId> found;
    for (std::uint32_t i = 1; i <= plan().command_count(); ++i) {
      if (plan().kind(CommandId{i}) == kind) found.push_back(CommandId{i});
    }
    return found;
  }

  /// The commands of one kind that a command waits for, directly or not.
  std::set<std::uint32_t> waits_for(CommandId id, std::string_view kind) const {
    std::set<std::uint32_t> found;
    for (const std::uint32_t ancestor : graph_.ancestors(number(id))) {
      if (plan().kind(CommandId{ancestor}) == kind) found.insert(ancestor);
    }
    return found;
  }

  /// The kinds of all that a command waits for.
  std::set<std::string> kinds_before(CommandId id) const {
    std::set<std::string> kinds;
    for (const std::uint32_t ancestor : graph_.ancestors(number(id))) {
      kinds.insert(std::string(plan().kind(CommandId{ancestor})));
    }
    return kinds;
  }

  /// The one path that a command has of some sort, `ending` at its end.
  std::string path(CommandId id, AccessMode mode, std::string_view ending) const {
    for (const std::string& path : paths_of(plan(), id, mode)) {
      if (path.ends_with(ending)) return path;
    }
    return {};
  }

  std::set<std::uint32_t> writers_below(std::string_view kind, const std::string& prefix) const {
    std::set<std::uint32_t> found;
    for (const CommandId id : all_of(kind)) {
      const auto written = paths_of(plan(), id, AccessMode::write);
      if (std::any_of(written.begin(), written.end(),
                      [&](const std::string& path) { return path.starts_with(prefix); })) {
        found.insert(number(id));
      }
    }
    return found;
  }

  PlannedText planned_;
  PlainGraph graph_;
};

INSTANTIATE_TEST_SUITE_P(Versions, Makita, testing::ValuesIn(all_cases()));

TEST_P(Makita, EveryLineIsUnderstood) {
  for (std::uint32_t i = 1; i <= plan().command_count(); ++i) {
    EXPECT_FALSE(plan().is_barrier(CommandId{i})) << plan().command(CommandId{i}).text;
    EXPECT_NE(plan().kind(CommandId{i}), "other") << plan().command(CommandId{i}).text;
  }
  EXPECT_TRUE(plan().findings().empty());
}

TEST_P(Makita, DepthIsFiveToEight) {
  const PlanShape shape = shape_of(plan());
  EXPECT_GE(shape.depth, 5U);
  EXPECT_LE(shape.depth, 8U);
}

TEST_P(Makita, SimulationsWaitForFoldersOnly) {
  for (const CommandId id : all_of("simulate")) {
    for (const std::string& kind : kinds_before(id)) EXPECT_EQ(kind, "mkdir");
  }
  EXPECT_GE(all_of("simulate").size(), 8U);
}

TEST_P(Makita, MetricsWaitForTheirSimulateOnly) {
  for (const CommandId id : all_of("metrics")) {
    const std::string state = path(id, AccessMode::read, ".asreview");
    EXPECT_EQ(waits_for(id, "simulate"), writers_below("simulate", state));
    EXPECT_EQ(waits_for(id, "simulate").size(), 1U);
    for (const std::string& kind : kinds_before(id))
      EXPECT_TRUE(kind == "mkdir" || kind == "simulate");
  }
}

TEST_P(Makita, PlotsWaitForAllSimulationsOfTheirDataSet) {
  for (const CommandId id : all_of("plot")) {
    std::string folder = path(id, AccessMode::read, "*.asreview");
    folder.resize(folder.size() - 10);
    EXPECT_EQ(waits_for(id, "simulate"), writers_below("simulate", folder));
    EXPECT_GE(waits_for(id, "simulate").size(), 4U);
    for (const std::string& kind : kinds_before(id))
      EXPECT_TRUE(kind == "mkdir" || kind == "simulate");
  }
}

TEST_P(Makita, TablesWaitForAllMetricsThatTheyRead) {
  std::size_t over_everything = 0;
  for (const CommandId id : all_of("merge")) {
    const std::string pattern = path(id, AccessMode::read, "metrics_sim_*.json");
    if (pattern.empty()) continue;
    const std::string prefix = pattern.substr(0, pattern.find('*'));
    EXPECT_EQ(waits_for(id, "metrics"), writers_below("metrics", prefix));
    EXPECT_TRUE(waits_for(id, "describe").empty());
    if (waits_for(id, "metrics").size() == all_of("metrics").size()) ++over_everything;
  }
  EXPECT_GE(over_everything, 1U);
}

TEST_P(Makita, DescriptivesAreMergedFromAllDescriptions) {
  const CommandId id = command_with(plan(), "merge_descriptives.py");
  EXPECT_EQ(waits_for(id, "describe").size(), all_of("describe").size());
  EXPECT_TRUE(waits_for(id, "simulate").empty());
}

TEST_P(Makita, EveryReaderOfManyGetsThemThroughAJoin) {
  const Graph& graph = plan().graph();
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    for (const Edge edge : graph.successors(NodeId{node})) {
      if (edge.kind != EdgeKind::gather) continue;
      EXPECT_TRUE(!graph.is_command(NodeId{node}) || !graph.is_command(edge.to));
    }
  }
}

TEST_P(Makita, StagesPutABarrierAroundTheSimulations) {
  PlanOptions options;
  options.mode = PlanMode::stages;
  const PlannedText staged =
      plan_of(makita_jobs(makita_shape(GetParam().version), GetParam().form, 2, 2), options);
  const PlainGraph graph(staged.plan.graph());
  const auto is = [&](std::uint32_t command, std::string_view kind) {
    return staged.plan.kind(CommandId{command}) == kind;
  };
  std::size_t simulations = 0;
  for (std::uint32_t i = 1; i <= graph.commands; ++i) simulations += is(i, "simulate") ? 1U : 0U;
  for (std::uint32_t i = 1; i <= graph.commands; ++i) {
    const auto ancestors = graph.ancestors(i);
    const auto before = static_cast<std::size_t>(std::count_if(
        ancestors.begin(), ancestors.end(), [&](std::uint32_t a) { return is(a, "simulate"); }));
    if (is(i, "metrics") || is(i, "plot")) {
      EXPECT_EQ(before, simulations);
    } else if (is(i, "simulate") || is(i, "describe") || is(i, "mkdir")) {
      EXPECT_EQ(before, 0U);
    }
  }
}

}  // namespace
}  // namespace shoal
