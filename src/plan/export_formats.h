#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace shoal {

using PieceWriter = std::function<void(std::string_view)>;

/// The formats of export_plan, one file each.
void export_text(const Plan& plan, const std::vector<Finding>& findings, const PieceWriter& out);
void export_json(const Plan& plan, const std::vector<Finding>& findings, const PieceWriter& out);
void export_dot(const Plan& plan, const PieceWriter& out);

std::string_view severity_text(Severity severity);

/// How a pattern is shown: a tree with a slash at its end, a glob as it stands.
std::string access_text(const Plan& plan, const Access& access);

/// By node (index = number - 1), the nodes that it waits for.
class Predecessors {
 public:
  explicit Predecessors(const Graph& graph);
  std::vector<std::uint32_t> of(NodeId node) const;  // ascending, each once

 private:
  std::vector<std::uint32_t> offsets_;
  std::vector<std::uint32_t> sources_;
};

}  // namespace shoal
