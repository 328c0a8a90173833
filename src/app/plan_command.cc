#include "app/commands.h"
#include "app/project.h"
#include "app/terminal.h"
#include "plan/export.h"

namespace shoal {
namespace {

Expected<PlanFormat> parse_format(const std::string& text) {
  if (text == "text") return PlanFormat::text;
  if (text == "json") return PlanFormat::json;
  if (text == "dot") return PlanFormat::dot;
  return input_error("--format", "there is no format '" + text + "'", "Use text, json or dot");
}

}  // namespace

Expected<int> plan_command(const PlanOptionsGiven& options) {
  const auto format = parse_format(options.format);
  if (!format) return tl::unexpected(format.error());
  const auto project = Project::load(options.jobs_file, options.mode, options.command_tables);
  if (!project) return tl::unexpected(project.error());
  export_plan(project->plan(), project->findings(), *format,
              [](std::string_view text) { Terminal::write_stdout(text); });
  return exit_code::kAllDone;
}

}  // namespace shoal
