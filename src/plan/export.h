#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "plan/plan.h"

namespace shoal {

enum class PlanFormat : std::uint8_t { text, json, dot };

struct DiskView {
  /// Whether a path exists now; for the finding "missing input".
  std::function<bool(const std::string& path)> exists;
};

/// Findings that need the disk: inputs that no command writes and that do not
/// exist.
std::vector<Finding> missing_inputs(const Plan& plan, const DiskView& disk);

/// Writes the plan in pieces to `out`. The JSON is a contract: docs/plan.md.
void export_plan(const Plan& plan, const std::vector<Finding>& findings, PlanFormat format,
                 const std::function<void(std::string_view)>& out);

}  // namespace shoal
