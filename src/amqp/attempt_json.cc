#include "amqp/attempt_json.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<ShellKind, std::string_view>, 3> kShells = {
    {{ShellKind::none, "none"}, {ShellKind::sh, "sh"}, {ShellKind::named, "named"}}};

std::string_view shell_text(ShellKind shell) {
  for (const auto& [kind, text] : kShells) {
    if (kind == shell) return text;
  }
  return {};
}

void put(json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = escaped_bytes(value);
}
void put(json& object, const char* key, bool value) {
  if (value) object[key] = true;
}
void put(json& object, const char* key, Duration value) {
  if (value.count() != 0) object[key] = value.count();
}
void put(json& object, const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) object[key] = json_of(values);
}

constexpr std::array<std::pair<Extent, std::string_view>, 3> kExtents = {
    {{Extent::exact, "file"}, {Extent::tree, "tree"}, {Extent::glob, "glob"}}};

std::string_view extent_text(Extent extent) {
  for (const auto& [each, text] : kExtents) {
    if (each == extent) return text;
  }
  return {};
}

void put(json& object, const UploadSpec& upload) {
  if (upload.empty()) return;
  put(object, "bucket", upload.bucket);
  put(object, "prefix", upload.prefix);
  put(object, "only_upload", upload.nothing_else);
  for (const UploadSpec::Files& files : upload.files) {
    object["upload"].push_back(json::array(
        {escaped_bytes(files.path), extent_text(files.extent), escaped_bytes(files.only)}));
  }
}

Extent read_extent(MessageReader& reader, const json& value) {
  const std::string text = reader.text_of(value, "upload");
  for (const auto& [extent, name] : kExtents) {
    if (name == text) return extent;
  }
  reader.complain("upload");
  return Extent::exact;
}

UploadSpec read_upload(MessageReader& reader) {
  UploadSpec upload;
  upload.bucket = reader.text_or_empty("bucket");
  upload.prefix = reader.text_or_empty("prefix");
  upload.nothing_else = reader.flag("only_upload");
  for (const json& row : reader.list_or_empty("upload")) {
    if (!row.is_array() || row.size() < 3) {
      reader.complain("upload");
      break;
    }
    upload.files.push_back({reader.text_of(row[0], "upload"), read_extent(reader, row[1]),
                            reader.text_of(row[2], "upload")});
  }
  return upload;
}

std::vector<UploadedFile> read_uploads(MessageReader& reader) {
  std::vector<UploadedFile> uploads;
  for (const json& row : reader.list_or_empty("uploads")) {
    if (!row.is_array() || row.size() < 4) {
      reader.complain("uploads");
      break;
    }
    uploads.push_back(
        {reader.text_of(row[0], "uploads"), reader.text_of(row[1], "uploads"),
         reader.integer_of(row[2], "uploads", 0, std::numeric_limits<std::uint64_t>::max()),
         reader.text_of(row[3], "uploads")});
  }
  return uploads;
}

json json_of(const Fingerprint& input) {
  json row = json::array({escaped_bytes(input.path), input.size, input.modified_nanoseconds});
  if (input.sha256) row.push_back(escaped_bytes(*input.sha256));
  return row;
}

ShellKind read_shell(MessageReader& reader) {
  if (!reader.has("shell")) return ShellKind::named;
  const std::string text = reader.text("shell");
  for (const auto& [kind, name] : kShells) {
    if (name == text) return kind;
  }
  reader.complain("shell");
  return ShellKind::named;
}

std::vector<std::pair<std::string, std::int64_t>> read_cut_back(MessageReader& reader) {
  std::vector<std::pair<std::string, std::int64_t>> files;
  for (const json& row : reader.list_or_empty("cut_back")) {
    if (!row.is_array() || row.size() < 2) {
      reader.complain("cut_back");
      break;
    }
    files.emplace_back(reader.text_of(row[0], "cut_back"), reader.signed_of(row[1], "cut_back"));
  }
  return files;
}

std::vector<Fingerprint> read_fingerprints(MessageReader& reader) {
  std::vector<Fingerprint> inputs;
  for (const json& row : reader.list_or_empty("inputs")) {
    if (!row.is_array() || row.size() < 3) {
      reader.complain("inputs");
      break;
    }
    Fingerprint input{reader.text_of(row[0], "inputs"), reader.signed_of(row[1], "inputs"),
                      reader.signed_of(row[2], "inputs"), std::nullopt};
    if (row.size() > 3) input.sha256 = reader.text_of(row[3], "inputs");
    inputs.push_back(std::move(input));
  }
  return inputs;
}

int read_int(MessageReader& reader, const char* key) {
  const std::int64_t value = reader.has(key) ? reader.signed_integer(key) : 0;
  if (!std::in_range<int>(value)) {
    reader.complain(key);
    return 0;
  }
  return static_cast<int>(value);
}

LogRange read_log(MessageReader& reader) {
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  const json& row = reader.list("log");
  if (row.size() < 3) {
    reader.complain("log");
    return {};
  }
  const auto slot = reader.integer_of(row[0], "log", 0, std::numeric_limits<std::uint32_t>::max());
  return {SlotIndex{static_cast<std::uint32_t>(slot)},
          reader.integer_of(row[1], "log", 0, kLargest),
          reader.integer_of(row[2], "log", 0, kLargest)};
}

}  // namespace

json json_of(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& text : texts) list.push_back(escaped_bytes(text));
  return list;
}

json json_of(const AttemptSpec& spec) {
  json object = {{"command", number(spec.command)},
                 {"attempt", number(spec.attempt)},
                 {"text", escaped_bytes(spec.text)}};
  put(object, "prelude", spec.prelude);
  put(object, "snapshot_before", spec.snapshot_before);
  if (spec.status_before) object["status_before"] = *spec.status_before;
  if (spec.shell != ShellKind::named) object["shell"] = shell_text(spec.shell);
  put(object, "snapshot", spec.snapshot);
  put(object, "snapshot_file", spec.snapshot_file);
  put(object, "snapshot_is_empty", spec.snapshot_is_empty);
  put(object, "ends_file", spec.ends_file);
  put(object, "open_ended", spec.open_ended);
  put(object, "required_inputs", spec.required_inputs);
  put(object, "inputs", spec.inputs);
  put(object, "hash_inputs", spec.hash_inputs);
  put(object, "outputs", spec.outputs);
  put(object, "tolerated_folders", spec.tolerated_folders);
  put(object, "started_before", spec.started_before);
  put(object, "appended_before", spec.appended_before);
  for (const auto& [path, size] : spec.cut_back) {
    object["cut_back"].push_back(json::array({escaped_bytes(path), size}));
  }
  put(object, "complete_if_zip", spec.complete_if_zip);
  put(object, "leftovers", spec.leftovers);
  put(object, "move_aside", spec.move_aside);
  put(object, "aside_folder", spec.aside_folder);
  put(object, spec.upload);
  put(object, "timeout", spec.timeout);
  put(object, "grace", spec.grace);
  put(object, "cold", !spec.may_start_warm);
  if (spec.threads != 1) object["threads"] = spec.threads;
  if (spec.cpus != 1) object["cpus"] = spec.cpus;
  if (spec.memory != 0) object["memory"] = spec.memory;
  return object;
}

AttemptSpec read_attempt_spec(MessageReader& reader) {
  AttemptSpec spec;
  spec.command = reader.command("command");
  spec.attempt = reader.attempt("attempt");
  spec.text = reader.text("text");
  spec.prelude = reader.text_or_empty("prelude");
  spec.snapshot_before = reader.text_or_empty("snapshot_before");
  if (reader.has("status_before")) spec.status_before = read_int(reader, "status_before");
  spec.shell = read_shell(reader);
  spec.snapshot = reader.flag("snapshot");
  spec.snapshot_file = reader.text_or_empty("snapshot_file");
  spec.snapshot_is_empty = reader.flag("snapshot_is_empty");
  spec.ends_file = reader.flag("ends_file");
  spec.open_ended = reader.flag("open_ended");
  spec.required_inputs = reader.texts("required_inputs");
  spec.inputs = reader.texts("inputs");
  spec.hash_inputs = reader.flag("hash_inputs");
  spec.outputs = reader.texts("outputs");
  spec.tolerated_folders = reader.texts("tolerated_folders");
  spec.started_before = reader.flag("started_before");
  spec.appended_before = reader.flag("appended_before");
  spec.cut_back = read_cut_back(reader);
  spec.complete_if_zip = reader.text_or_empty("complete_if_zip");
  spec.leftovers = reader.texts("leftovers");
  spec.move_aside = reader.texts("move_aside");
  spec.aside_folder = reader.text_or_empty("aside_folder");
  spec.upload = read_upload(reader);
  spec.timeout = reader.duration_or_zero("timeout");
  spec.grace = reader.duration_or_zero("grace");
  spec.may_start_warm = !reader.flag("cold");
  if (reader.has("threads")) {
    constexpr std::uint64_t kMost = std::numeric_limits<unsigned>::max();
    spec.threads = static_cast<unsigned>(reader.integer("threads", 0, kMost));
  }
  if (reader.has("cpus")) spec.cpus = reader.positive_number("cpus");
  if (reader.has("memory")) {
    spec.memory = reader.integer("memory", 0, std::numeric_limits<std::uint64_t>::max());
  }
  return spec;
}

json json_of(const AttemptResult& result) {
  json object = {{"command", number(result.command)},
                 {"attempt", number(result.attempt)},
                 {"class", end_class_text(result.end)},
                 {"started", result.started.time_since_epoch().count()},
                 {"wall", result.wall.count()},
                 {"log", json::array({number(result.log.slot), result.log.begin, result.log.end})}};
  if (result.exit_code != 0) object["exit"] = result.exit_code;
  if (result.signal != 0) object["signal"] = result.signal;
  put(object, "detail", result.detail);
  put(object, "user", result.usage.user);
  put(object, "system", result.usage.system);
  if (result.usage.peak_memory != 0) object["peak_memory"] = result.usage.peak_memory;
  if (result.warm) object["warm"] = result.spared.count();
  for (const Fingerprint& input : result.inputs) object["inputs"].push_back(json_of(input));
  for (const UploadedFile& file : result.uploads) {
    object["uploads"].push_back(json::array({escaped_bytes(file.path), escaped_bytes(file.key),
                                             file.size, escaped_bytes(file.sha256)}));
  }
  put(object, "only_upload", result.only_upload);
  return object;
}

AttemptResult read_attempt_result(MessageReader& reader) {
  AttemptResult result;
  result.command = reader.command("command");
  result.attempt = reader.attempt("attempt");
  const auto end = parse_end_class(reader.text("class"));
  if (!end) reader.complain("class");
  result.end = end.value_or(EndClass::failed);
  result.exit_code = read_int(reader, "exit");
  result.signal = read_int(reader, "signal");
  result.detail = reader.text_or_empty("detail");
  result.started = reader.time("started");
  result.wall = reader.duration("wall");
  result.usage.user = reader.duration_or_zero("user");
  result.usage.system = reader.duration_or_zero("system");
  if (reader.has("peak_memory")) {
    result.usage.peak_memory =
        reader.integer("peak_memory", 0, std::numeric_limits<std::uint64_t>::max());
  }
  result.warm = reader.has("warm");
  result.spared = reader.duration_or_zero("warm");
  result.log = read_log(reader);
  result.inputs = read_fingerprints(reader);
  result.uploads = read_uploads(reader);
  result.only_upload = reader.flag("only_upload");
  return result;
}

}  // namespace shoal
