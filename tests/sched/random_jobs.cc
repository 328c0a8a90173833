#include <utility>

#include "tests/sched/random_history.h"

namespace shoal::testing {
namespace {

/// Commands and joins in one file order, which every edge follows, as in a
/// plan. A node is a command, or a join that stands between commands.
class Maker {
 public:
  Maker(RandomJobs& jobs, Dice& dice) : jobs_(jobs), dice_(dice) {}

  void make() {
    const std::uint32_t steps = dice_.roll(24);
    const std::uint32_t density = dice_.roll(60);
    for (std::uint32_t step = 0; step < steps; ++step) {
      if (!items_.empty() && dice_.chance(25)) {
        add_join(density);
      } else {
        add_command(density);
      }
    }
    lay_out();
  }

 private:
  struct Item {
    bool is_join = false;
    std::uint32_t number = 0;  // among its kind: commands from 1, joins from 0
    bool carries = false;      // a join with gather edges
  };
  struct ItemEdge {
    Item from;
    Item to;
    EdgeKind kind = EdgeKind::order;
  };

  void add_command(std::uint32_t density) {
    const Item command{.is_join = false, .number = ++jobs_.commands, .carries = false};
    for (const Item& from : items_) {
      if (!dice_.chance(density) || dice_.chance(50)) continue;
      const EdgeKind own = from.is_join ? EdgeKind::gather : EdgeKind::data;
      const bool flows = dice_.chance(70) && (!from.is_join || from.carries);
      edges_.push_back({from, command, flows ? own : EdgeKind::order});
    }
    items_.push_back(command);
  }

  void add_join(std::uint32_t density) {
    const Item join{.is_join = true, .number = joins_++, .carries = dice_.chance(75)};
    for (const Item& from : items_) {
      if (!dice_.chance(density)) continue;
      const bool flows = join.carries && (!from.is_join || from.carries);
      edges_.push_back({from, join, flows ? EdgeKind::gather : EdgeKind::order});
    }
    items_.push_back(join);
  }

  void lay_out() {
    GraphBuilder builder;
    std::vector<GraphBuilder::Handle> joins;
    for (std::uint32_t at = 0; at < joins_; ++at) joins.push_back(builder.add_join());
    jobs_.nodes = jobs_.commands + joins_;
    jobs_.predecessors.resize(jobs_.nodes + 1);
    const auto handle = [&](const Item& item) {
      return item.is_join ? joins[item.number] : GraphBuilder::of(CommandId{item.number});
    };
    const auto node = [&](const Item& item) {
      return item.is_join ? jobs_.commands + 1 + item.number : item.number;
    };
    for (const ItemEdge& edge : edges_) {
      builder.add_edge(handle(edge.from), handle(edge.to), edge.kind);
      jobs_.predecessors[node(edge.to)].push_back({node(edge.from), edge.kind});
    }
    jobs_.graph = *std::move(builder).build(jobs_.commands);
  }

  RandomJobs& jobs_;
  Dice& dice_;
  std::vector<Item> items_;
  std::vector<ItemEdge> edges_;
  std::uint32_t joins_ = 0;
};

}  // namespace

RandomJobs::RandomJobs(Dice& dice) {
  Maker(*this, dice).make();
  directives.resize(commands + 1);
  shapes.resize(commands + 1);
  exits_on_error.resize(commands + 1);
  for (std::uint32_t command = 1; command <= commands; ++command) {
    shapes[command] = dice.roll(4);
    exits_on_error[command] = dice.chance(30);
    if (dice.chance(20)) directives[command].cpus = 0.5 * (1 + dice.roll(10));
    if (dice.chance(20)) directives[command].memory = dice.roll(20);
    if (dice.chance(10)) directives[command].retries = dice.roll(3);
  }
  options.slots = 1 + dice.roll(5);
  options.cpus = 1 + dice.roll(5);
  options.memory = dice.chance(50) ? 8 + dice.roll(20) : 0;
  options.retries = {.failed = dice.roll(3), .lost = dice.roll(3), .out_of_memory = dice.roll(3)};
  options.strict = dice.chance(40);
  options.halt_after = dice.chance(20) ? 1 + dice.roll(4) : 0;
}

}  // namespace shoal::testing
