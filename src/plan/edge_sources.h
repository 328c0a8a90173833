#pragma once

#include <cstdint>
#include <vector>

#include "plan/graph.h"

namespace shoal {

/// Commands for which a later one may have to wait, newest first; a list kept
/// by CommandEdges. Some of them may stand behind a join already, which the
/// next join then includes: so each is joined once.
struct Sources {
  std::uint32_t head = 0;    // link; 0 for none
  std::uint32_t joined = 0;  // from this link on `join` stands for them
  GraphBuilder::Handle join{};
  std::uint32_t newest = 0;  // command
};

/// Gathers what one command after another waits for, and hands it to the
/// GraphBuilder: once for each pair, with the strongest kind, without order
/// edges that a barrier between the two implies.
class CommandEdges {
 public:
  /// Memory is taken for at most so many edges at first; what is not used costs
  /// nothing.
  CommandEdges(std::uint32_t command_count, std::size_t expected_edges);

  /// Begins with the edges of the next command.
  void begin(std::uint32_t command);
  void wait_for(std::uint32_t command, EdgeKind kind);
  /// For each command of a list that is newer than `newer_than`.
  void wait_for_each(std::uint32_t list, EdgeKind kind, std::uint32_t newer_than = 0);
  /// For all sources, through a join where there are several (a gather edge
  /// always comes from a join).
  void wait_for_all(Sources& sources, EdgeKind kind);
  /// Hands over the command's edges. A barrier also waits for every command
  /// since the last barrier on which nothing else waits.
  void finish(bool barrier);

  /// Adds the command at hand to a list or to sources, unless it was the last
  /// to be added.
  void add_to(std::uint32_t& list);
  void add_to(Sources& sources) { add_to(sources, command_); }
  void add_to(Sources& sources, std::uint32_t command);

  GraphBuilder& graph() { return graph_; }

 private:
  struct Link {
    std::uint32_t command;
    std::uint32_t next;
  };
  struct Incoming {
    std::uint32_t from;  // a handle's value
    EdgeKind kind;
  };

  void push(std::uint32_t& list, std::uint32_t command);
  void join(Sources& sources, EdgeKind kind);
  void emit(std::uint32_t command, GraphBuilder::Handle to, EdgeKind kind);

  GraphBuilder graph_;
  std::vector<Link> links_;  // the first one is none
  std::vector<Incoming> incoming_;
  std::vector<bool> has_successor_;
  std::uint32_t command_ = 0;
  std::uint32_t last_barrier_ = 0;
  bool after_barrier_ = false;  // some source is not older than the last barrier
};

}  // namespace shoal
