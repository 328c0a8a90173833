#include "plan/split.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/text.h"
#include "plan/stages.h"

namespace shoal {
namespace {

/// As printf's %b reads it back, on one line.
std::string escaped(std::string_view script) {
  std::string text;
  for (const char c : script) {
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

/// The line in whose shell nothing is as it was: whether the parts after it may
/// be other processes.
bool binds_to_its_shell(const Plan& plan, const Command& command) {
  return command.effect != ShellEffect::none || plan.state().may_exit_on_error(command.state);
}

class Splitter {
 public:
  Splitter(const Plan& plan, std::string_view interpreter)
      : plan_(plan),
        interpreter_(interpreter.empty() ? "bash" : interpreter),
        stages_(stages_of(plan.graph(), [&](CommandId id) { return plan.simulates(id); })) {}

  JobsParts split() {
    for (std::uint32_t i = 0; i < plan_.command_count(); ++i) add(CommandId{i + 1});
    return std::move(parts_);
  }

 private:
  void add(CommandId id) {
    const Command& command = plan_.command(id);
    if (!parts_.serial_from_line && binds_to_its_shell(plan_, command)) {
      parts_.serial_from_line = command.line;
      parts_.texts[2] += before(command);
    }
    if (parts_.serial_from_line) return append(Stage::after, std::string(command.text));
    if (command.kind == CommandKind::state) return;
    const Stage stage = stages_[number(id) - 1];
    const std::string script = before(command) + std::string(command.text);
    const bool stands_alone = script.size() == command.text.size() &&
                              (stage != Stage::simulate || script.find('\n') == std::string::npos);
    append(stage, stands_alone ? script : on_one_line(script));
  }

  /// What the shell must have been told before it runs the command.
  std::string before(const Command& command) const {
    std::string lines;
    for (const ShellState::Entry& entry : plan_.state().to_replay(command.state)) {
      lines += entry.text;
      lines += '\n';
    }
    return lines;
  }
  std::string on_one_line(std::string_view script) const {
    return fmt::format("{} -c \"$(printf %b {})\"", interpreter_, shell_quoted(escaped(script)));
  }
  void append(Stage stage, const std::string& text) {
    const auto part = static_cast<std::size_t>(stage);
    parts_.texts[part] += text + "\n";
    ++parts_.commands[part];
  }

  const Plan& plan_;
  std::string interpreter_;
  std::vector<Stage> stages_;
  JobsParts parts_;
};

}  // namespace

JobsParts split_jobs(const Plan& plan, std::string_view interpreter) {
  return Splitter(plan, interpreter).split();
}

}  // namespace shoal
