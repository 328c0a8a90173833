// Whatever order a plan allows, the files are those of the serial run; and
// where an edge that matters is taken away, this very test notices.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/plan/planning.h"
#include "tests/plan/toy_files.h"

namespace shoal {
namespace {

using toy::Files;
using toy::Line;

/// Folders and files, some of them in each other, some that are either.
const std::vector<std::string>& toy_paths() {
  static const std::vector<std::string> kPaths = {"f",   "g",   "a",   "b",     "a/c",
                                                  "a/x", "a/y", "b/x", "a/c/x", "a/c/y"};
  return kPaths;
}

struct Program {
  std::vector<Line> lines;
  std::vector<bool> at_start;  // by toy_paths(): there before the run

  std::string text() const {
    std::string text;
    for (const Line& line : lines) text += line.text() + "\n";
    return text;
  }

  Files start() const {
    Files files;
    for (std::size_t i = 0; i < at_start.size(); ++i) {
      const std::string& path = toy_paths()[i];
      const bool folder = path == "a" || path == "b" || path == "a/c";
      if (at_start[i]) files.put(path, folder ? std::nullopt : std::optional("old " + path + "\n"));
    }
    return files;
  }
};

void showValue(const Program& program, std::ostream& out) {
  out << program.text() << "at the start:\n" << program.start().describe();
}

rc::Gen<Program> programs(std::size_t most_lines) {
  const auto line = rc::gen::build<Line>(
      rc::gen::set(&Line::verb, rc::gen::map(rc::gen::inRange(0, Line::kVerbs),
                                             [](int verb) { return static_cast<Line::Verb>(verb); })),
      rc::gen::set(&Line::a, rc::gen::elementOf(toy_paths())),
      rc::gen::set(&Line::b, rc::gen::elementOf(toy_paths())));
  const auto lines = rc::gen::mapcat(rc::gen::inRange<std::size_t>(2, most_lines + 1), [=](auto size) {
    return rc::gen::container<std::vector<Line>>(size, line);
  });
  return rc::gen::map(
      rc::gen::pair(lines, rc::gen::container<std::vector<bool>>(toy_paths().size(),
                                                                 rc::gen::arbitrary<bool>())),
      [](std::pair<std::vector<Line>, std::vector<bool>> parts) {
        Program program{std::move(parts.first), std::move(parts.second)};
        int value = 0;
        for (Line& each : program.lines) each.value = ++value;
        return program;
      });
}

/// Runs the commands in an order that the graph allows, taking of those that
/// are ready the one that `choose` likes best (the largest value).
template <class Choose>
std::vector<std::uint32_t> order_by(const PlainGraph& graph, Choose&& choose) {
  std::vector<std::size_t> waiting(graph.after.size());
  std::set<std::pair<std::uint64_t, std::uint32_t>> ready;
  std::vector<std::uint32_t> joins;
  const auto make_ready = [&](std::uint32_t node) {
    if (node <= graph.commands) {
      ready.emplace(choose(node), node);
    } else {
      joins.push_back(node);
    }
  };
  for (std::uint32_t node = 1; node < graph.after.size(); ++node) {
    waiting[node] = graph.after[node].size();
    if (waiting[node] == 0) make_ready(node);
  }
  std::vector<std::uint32_t> order;
  while (!ready.empty() || !joins.empty()) {
    std::uint32_t node = 0;
    if (!joins.empty()) {
      node = joins.back();
      joins.pop_back();
    } else {
      node = std::prev(ready.end())->second;
      ready.erase(std::prev(ready.end()));
      order.push_back(node);
    }
    for (const std::uint32_t next : graph.before[node]) {
      if (--waiting[next] == 0) make_ready(next);
    }
  }
  return order;
}

Files run(const Program& program, const std::vector<std::uint32_t>& order) {
  Files files = program.start();
  for (const std::uint32_t command : order) files.run(program.lines[command - 1]);
  return files;
}

Files run_serially(const Program& program) {
  Files files = program.start();
  for (const Line& line : program.lines) files.run(line);
  return files;
}

/// Some orders, among them the latest command first and every command in turn
/// as early as it can be.
std::optional<std::vector<std::uint32_t>> order_that_differs(const Program& program,
                                                             const PlainGraph& graph) {
  const Files serial = run_serially(program);
  const auto differs = [&](const std::vector<std::uint32_t>& order) {
    return order.size() == program.lines.size() && !(run(program, order) == serial);
  };
  const auto latest = order_by(graph, [](std::uint32_t command) { return command; });
  if (differs(latest)) return latest;
  for (std::uint32_t early = 2; early <= graph.commands; ++early) {
    const auto ancestors = graph.ancestors(early);
    const auto order = order_by(graph, [&](std::uint32_t command) -> std::uint64_t {
      const bool first = command == early || std::binary_search(ancestors.begin(), ancestors.end(), command);
      return (first ? 1000U : 0U) + 500U - command;
    });
    if (differs(order)) return order;
  }
  std::mt19937 random(static_cast<unsigned>(program.lines.size()));
  for (int i = 0; i < 8; ++i) {
    std::vector<std::uint64_t> key(graph.commands + 1);
    for (auto& value : key) value = random();
    const auto order = order_by(graph, [&](std::uint32_t command) { return key[command]; });
    if (differs(order)) return order;
  }
  return std::nullopt;
}

void check_program(const Program& program, PlanMode mode, bool know_the_disk) {
  PlanOptions options;
  options.mode = mode;
  const Files start = program.start();
  if (know_the_disk) {
    options.folder_exists = [&](const std::string& path) { return start.is_folder(path); };
  }
  const PlannedText planned = plan_of(program.text(), options);
  const PlainGraph graph(planned.plan.graph());
  const auto order = order_that_differs(program, graph);
  if (!order) return;
  std::ostringstream story;
  for (const std::uint32_t command : *order) story << command << " ";
  RC_LOG() << "order " << story.str() << "\nserial:\n"
           << run_serially(program).describe() << "planned:\n"
           << run(program, *order).describe();
  RC_FAIL("an order that the plan allows leaves other files");
}

RC_GTEST_PROP(SerialEquivalence, EveryOrderOfAPlanLeavesTheFilesOfTheSerialRun, ()) {
  check_program(*programs(9), PlanMode::automatic, *rc::gen::arbitrary<bool>());
}

RC_GTEST_PROP(SerialEquivalence, HoldsForLongPrograms, ()) {
  check_program(*programs(40), PlanMode::automatic, *rc::gen::arbitrary<bool>());
}

RC_GTEST_PROP(SerialEquivalence, HoldsInStagesToo, ()) {
  check_program(*programs(9), PlanMode::stages, false);
}

/// A graph without one of its edges, or without all of one kind.
PlainGraph without(const Graph& graph, const std::function<bool(std::uint32_t, Edge)>& dropped) {
  PlainGraph rest(graph);
  for (auto& list : rest.after) list.clear();
  for (auto& list : rest.before) list.clear();
  for (std::uint32_t node = 1; node <= graph.node_count(); ++node) {
    for (const Edge edge : graph.successors(NodeId{node})) {
      if (dropped(node, edge)) continue;
      rest.after[number(edge.to)].push_back(node);
      rest.before[node].push_back(number(edge.to));
    }
  }
  return rest;
}

/// A program every line of which does something: on its way it is run, and a
/// line that would fail or change nothing is left out.
Program effective_program(unsigned seed, std::size_t lines) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t end) { return random() % end; };
  const auto path = [&] {
    static const std::vector<std::string> kFolders = {"a/", "b/", "a/c/"};
    return below(5) == 0 ? toy_paths()[below(5)]
                         : kFolders[below(3)] + std::string(1, static_cast<char>('p' + below(10)));
  };
  Program program;
  program.at_start.assign(toy_paths().size(), true);
  Files files = program.start();
  while (program.lines.size() < lines) {
    Line line{static_cast<Line::Verb>(below(Line::kVerbs)), path(), path(),
              static_cast<int>(program.lines.size()) + 1};
    const bool folder_wanted = line.verb == Line::Verb::concatenate_folder || line.verb == Line::Verb::list;
    if (folder_wanted) line.a = below(2) == 0 ? "a" : "a/c";
    // What takes all away would hide what went wrong before.
    if (line.verb == Line::Verb::remove_tree && line.a.size() < 3) continue;
    Files after = files;
    after.run(line);
    if (after == files) continue;
    files = std::move(after);
    program.lines.push_back(line);
  }
  return program;
}

std::vector<Program> sample(std::size_t count, std::size_t lines) {
  std::vector<Program> sampled;
  for (unsigned seed = 1; seed <= count; ++seed) sampled.push_back(effective_program(seed, lines));
  return sampled;
}

TEST(SerialEquivalence, APlannerThatForgetsAKindOfEdgeIsCaught) {
  const auto sampled = sample(300, 12);
  for (const EdgeKind kind : {EdgeKind::order, EdgeKind::data, EdgeKind::gather}) {
    std::size_t caught = 0;
    for (const Program& program : sampled) {
      const PlannedText planned = plan_of(program.text());
      const PlainGraph graph = without(
          planned.plan.graph(), [&](std::uint32_t, Edge edge) { return edge.kind == kind; });
      if (order_that_differs(program, graph)) ++caught;
    }
    EXPECT_GT(caught, sampled.size() / 20) << "edges of kind " << static_cast<int>(kind);
  }
}

/// Whether any order at all that the graph allows leaves other files.
bool some_order_differs(const Program& program, const PlainGraph& graph) {
  const Files serial = run_serially(program);
  std::vector<std::vector<std::uint32_t>> ancestors(graph.commands + 1);
  std::vector<std::uint32_t> order;
  for (std::uint32_t command = 1; command <= graph.commands; ++command) {
    ancestors[command] = graph.ancestors(command);
    order.push_back(command);
  }
  do {
    std::vector<bool> done(graph.commands + 1);
    const bool allowed = std::all_of(order.begin(), order.end(), [&](std::uint32_t command) {
      done[command] = true;
      return std::all_of(ancestors[command].begin(), ancestors[command].end(),
                         [&](std::uint32_t before) { return done[before]; });
    });
    if (allowed && !(run(program, order) == serial)) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

TEST(SerialEquivalence, EverySingleEdgeThatMattersIsMissed) {
  std::map<EdgeKind, std::size_t> needed;
  std::map<EdgeKind, std::size_t> all;
  for (const Program& program : sample(150, 5)) {
    const PlannedText planned = plan_of(program.text());
    const Graph& graph = planned.plan.graph();
    for (std::uint32_t from = 1; from <= graph.node_count(); ++from) {
      for (const Edge edge : graph.successors(NodeId{from})) {
        const PlainGraph rest = without(graph, [&](std::uint32_t other, Edge other_edge) {
          return other == from && other_edge.to == edge.to;
        });
        ++all[edge.kind];
        if (!some_order_differs(program, rest)) continue;
        ++needed[edge.kind];
        EXPECT_TRUE(order_that_differs(program, rest))
            << "not missed: " << from << " -> " << number(edge.to) << " in\n" << program.text();
      }
    }
  }
  // Not every edge matters: a listing does not care what a file holds.
  for (const EdgeKind kind : {EdgeKind::order, EdgeKind::data, EdgeKind::gather}) {
    EXPECT_GT(needed[kind] * 3, all[kind]) << "edges of kind " << static_cast<int>(kind);
  }
}

}  // namespace
}  // namespace shoal
