#include "plan/edge_sources.h"

#include <algorithm>

namespace shoal {

CommandEdges::CommandEdges(std::uint32_t command_count, std::size_t expected_edges)
    : has_successor_(command_count + 1) {
  graph_.reserve(expected_edges);
  links_.reserve(expected_edges);
  links_.push_back({0, 0});
}

void CommandEdges::begin(std::uint32_t command) {
  command_ = command;
  incoming_.clear();
  after_barrier_ = false;
}

void CommandEdges::wait_for(std::uint32_t command, EdgeKind kind) {
  if (command == 0 || command == command_) return;
  // Data flows past a barrier, and a failure with it; mere order is implied.
  if (kind == EdgeKind::order && command < last_barrier_) return;
  after_barrier_ = after_barrier_ || command >= last_barrier_;
  incoming_.push_back({command, kind});
}

void CommandEdges::wait_for_each(std::uint32_t list, EdgeKind kind, std::uint32_t newer_than) {
  for (; list != 0; list = links_[list].next) {
    if (links_[list].command > newer_than) wait_for(links_[list].command, kind);
  }
}

void CommandEdges::wait_for_all(Sources& sources, EdgeKind kind) {
  if (sources.head == 0) return;
  if (kind == EdgeKind::order && sources.newest < last_barrier_) return;
  const bool single = sources.joined == 0 && links_[sources.head].next == 0;
  if (single && kind != EdgeKind::gather) {
    wait_for(links_[sources.head].command, kind);
    return;
  }
  join(sources, kind);
  after_barrier_ = after_barrier_ || sources.newest >= last_barrier_;
  incoming_.push_back({sources.join.value, kind});
}

void CommandEdges::join(Sources& sources, EdgeKind kind) {
  if (sources.joined == sources.head) return;
  const GraphBuilder::Handle joined = graph_.add_join();
  if (sources.joined != 0) graph_.add_edge(sources.join, joined, kind);
  for (std::uint32_t link = sources.head; link != sources.joined; link = links_[link].next) {
    emit(links_[link].command, joined, kind);
  }
  sources.join = joined;
  sources.joined = sources.head;
}

void CommandEdges::emit(std::uint32_t command, GraphBuilder::Handle to, EdgeKind kind) {
  has_successor_[command] = true;
  graph_.add_edge(GraphBuilder::of(CommandId{command}), to, kind);
}

void CommandEdges::finish(bool barrier) {
  if (barrier) {
    for (std::uint32_t sink = std::max(last_barrier_, 1U); sink < command_; ++sink) {
      if (!has_successor_[sink]) incoming_.push_back({sink, EdgeKind::order});
    }
  } else if (!after_barrier_ && last_barrier_ != 0) {
    incoming_.push_back({last_barrier_, EdgeKind::order});
  }
  // Of several edges from one source, the one of the strongest kind stays.
  std::sort(incoming_.begin(), incoming_.end(), [](const Incoming& a, const Incoming& b) {
    return a.from != b.from ? a.from < b.from : a.kind > b.kind;
  });
  const auto to = GraphBuilder::of(CommandId{command_});
  std::uint32_t before = 0;
  for (const Incoming& edge : incoming_) {
    if (edge.from == before) continue;
    before = edge.from;
    if (edge.from < has_successor_.size()) {
      emit(edge.from, to, edge.kind);
    } else {
      graph_.add_edge(GraphBuilder::Handle{edge.from}, to, edge.kind);
    }
  }
  if (barrier) last_barrier_ = command_;
}

void CommandEdges::push(std::uint32_t& list, std::uint32_t command) {
  if (list != 0 && links_[list].command == command) return;
  links_.push_back({command, list});
  list = static_cast<std::uint32_t>(links_.size() - 1);
}

void CommandEdges::add_to(std::uint32_t& list) { push(list, command_); }

void CommandEdges::add_to(Sources& sources, std::uint32_t command) {
  push(sources.head, command);
  sources.newest = std::max(sources.newest, command);
}

}  // namespace shoal
