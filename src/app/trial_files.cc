#include "app/trial_files.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "amqp/attempt_json.h"
#include "amqp/message_reader.h"
#include "app/project.h"
#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;

Expected<void> write_json(const json& content, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content.dump() << std::flush;
  if (file) return {};
  return infrastructure_error(path, "cannot be written");
}

Expected<json> read_json(const std::string& path) {
  const auto text = read_file(path, "trial");
  if (!text) return tl::unexpected(text.error());
  json content = json::parse(*text, nullptr, false);
  if (content.is_discarded()) return infrastructure_error(path, "is no JSON");
  return content;
}

}  // namespace

Expected<void> write_task(const TrialTask& task, const std::string& path) {
  const TrialRequest& request = task.request;
  return write_json({{"spec", json_of(request.spec)},
                     {"directory", escaped_bytes(request.working_directory)},
                     {"folders", json_of(request.list.folders)},
                     {"files", json_of(request.list.files)},
                     {"environments", json_of(request.list.environments)},
                     {"knowledge", escaped_bytes(request.knowledge)},
                     {"folder", escaped_bytes(request.folder)},
                     {"interpreter", escaped_bytes(task.interpreter)},
                     {"script", escaped_bytes(task.script)},
                     {"snapshots", task.snapshots}},
                    path);
}

Expected<TrialTask> read_task(const std::string& path) {
  const auto content = read_json(path);
  if (!content) return tl::unexpected(content.error());
  MessageReader reader(*content);
  const json attempt = content->value("spec", json());
  MessageReader spec(attempt, "spec.");
  TrialTask task;
  TrialRequest& request = task.request;
  request.spec = read_attempt_spec(spec);
  reader.take_complaint(spec);
  request.working_directory = reader.text("directory");
  request.list.folders = reader.texts("folders");
  request.list.files = reader.texts("files");
  request.list.environments = reader.texts("environments");
  request.knowledge = reader.text("knowledge");
  request.folder = reader.text("folder");
  task.interpreter = reader.text("interpreter");
  task.script = reader.text("script");
  task.snapshots = reader.flag("snapshots");
  if (!reader.is_content()) return tl::unexpected(reader.error());
  return task;
}

Expected<void> write_verdict(const VerifiedStart& verified, const std::string& path) {
  return write_json({{"command", number(verified.command)},
                     {"verdict", start_verdict_text(verified.verdict)},
                     {"differing", json_of(verified.differing)},
                     {"unsteady", json_of(verified.unsteady)},
                     {"exit", verified.exit_code},
                     {"why", escaped_bytes(verified.why)}},
                    path);
}

Expected<VerifiedStart> read_verdict(const std::string& path) {
  const auto content = read_json(path);
  if (!content) return tl::unexpected(content.error());
  MessageReader reader(*content);
  VerifiedStart verified;
  verified.command = reader.command("command");
  verified.verdict = parse_start_verdict(reader.text("verdict")).value_or(StartVerdict::unknown);
  verified.differing = reader.texts("differing");
  verified.unsteady = reader.texts("unsteady");
  verified.exit_code = static_cast<int>(reader.signed_integer("exit"));
  verified.why = reader.text("why");
  if (!reader.is_content()) return tl::unexpected(reader.error());
  return verified;
}

std::string verdict_path(const std::string& path) { return path + ".verdict"; }

}  // namespace shoal
