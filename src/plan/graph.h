#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"

namespace shoal {

/// Why one node waits for another, which decides what a failure of the first
/// means for the second, and what a resumed run must run again.
enum class EdgeKind : std::uint8_t {
  order,   // nothing flows: write after read, a barrier, a folder, after=
  data,    // the second reads an exact path that the first writes, or writes it again
  gather,  // the second reads a tree or a glob; always from a join node to a command,
           // and from commands and joins to that join
};

struct Edge {
  NodeId to{};
  EdgeKind kind = EdgeKind::order;
};

/// A directed acyclic graph of commands (nodes 1..command_count()) and virtual
/// join nodes (above them, up to node_count()), which stand for "all of these"
/// and keep the number of edges linear. Immutable; 4 bytes an edge.
class Graph {
 public:
  Graph() = default;

  std::uint32_t command_count() const { return command_count_; }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(predecessors_.size()); }
  std::size_t edge_count() const { return edges_.size(); }
  bool is_command(NodeId node) const { return number(node) <= command_count_; }

  /// Iterates over the edges that leave a node.
  class Successors {
   public:
    class Iterator {
     public:
      explicit Iterator(const std::uint32_t* at) : at_(at) {}
      Edge operator*() const {
        return Edge{NodeId{*at_ & kNodeMask}, static_cast<EdgeKind>(*at_ >> kKindShift)};
      }
      Iterator& operator++() {
        ++at_;
        return *this;
      }
      bool operator!=(const Iterator& other) const { return at_ != other.at_; }

     private:
      const std::uint32_t* at_;
    };
    explicit Successors(std::span<const std::uint32_t> edges) : edges_(edges) {}
    Iterator begin() const { return Iterator(edges_.data()); }
    Iterator end() const { return Iterator(edges_.data() + edges_.size()); }
    std::size_t size() const { return edges_.size(); }

   private:
    std::span<const std::uint32_t> edges_;
  };
  Successors successors(NodeId node) const;

  std::uint32_t predecessor_count(NodeId node) const { return predecessors_[number(node) - 1]; }

  /// All nodes, in an order in which every edge goes forward.
  const std::vector<NodeId>& topological_order() const { return order_; }

 private:
  friend class GraphBuilder;
  static constexpr std::uint32_t kNodeMask = 0x3FFFFFFF;
  static constexpr unsigned kKindShift = 30;

  std::uint32_t command_count_ = 0;
  std::vector<std::uint32_t> offsets_;  // by node, one more than nodes
  std::vector<std::uint32_t> edges_;    // target and kind, packed
  std::vector<std::uint32_t> predecessors_;
  std::vector<NodeId> order_;
};

/// Gathers edges, then lays them out. Joins are numbered from the order of
/// add_join calls and get their final NodeId (above all commands) in build().
class GraphBuilder {
 public:
  /// A command by its number, or a join by the handle that add_join returned.
  struct Handle {
    std::uint32_t value = 0;
  };
  static Handle of(CommandId command) { return Handle{number(command)}; }
  /// Memory is taken for at most so many edges at first; what is not used
  /// costs nothing.
  void reserve(std::size_t edges) { edges_.reserve(edges); }
  Handle add_join();
  /// Equal edges added one after the other are kept once. A node never waits
  /// for itself: such an edge is ignored.
  void add_edge(Handle from, Handle to, EdgeKind kind);

  /// nullopt when the edges close a cycle (only `after=` can do that); then
  /// `on_cycle`, if given, gets one command of it.
  std::optional<Graph> build(std::uint32_t command_count, NodeId* on_cycle = nullptr) &&;

 private:
  static NodeId command_on_cycle(const Graph& graph, const std::vector<std::uint32_t>& waiting);

  static constexpr std::uint32_t kJoinBit = 0x20000000;
  struct RawEdge {
    std::uint32_t from;
    std::uint32_t to;  // kind in the two top bits
  };
  std::vector<RawEdge> edges_;
  std::uint32_t joins_ = 0;
};

}  // namespace shoal
