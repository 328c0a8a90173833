#include "amqp/cluster_report.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace shoal {
namespace {

using nlohmann::json;

std::string path_of(const std::string& run_folder) { return run_folder + "/cluster.json"; }

std::int64_t count_of(WallTime time) { return time.time_since_epoch().count(); }

json json_of(const ClusterReport::Worker& worker) {
  json running = json::array();
  for (const CommandId command : worker.running) running.push_back(number(command));
  return {{"name", valid_utf8(worker.name)},
          {"host", valid_utf8(worker.host)},
          {"slots", worker.slots},
          {"last_seen", count_of(worker.last_seen)},
          {"running", std::move(running)}};
}

ClusterReport::Worker worker_of(const json& object) {
  ClusterReport::Worker worker;
  worker.name = object.at("name").get<std::string>();
  worker.host = object.at("host").get<std::string>();
  worker.slots = object.at("slots").get<std::uint32_t>();
  worker.last_seen = WallTime(Duration(object.at("last_seen").get<std::int64_t>()));
  for (const json& command : object.at("running")) {
    worker.running.push_back(CommandId{command.get<std::uint32_t>()});
  }
  return worker;
}

}  // namespace

void write_cluster_report(const std::string& run_folder, const ClusterReport& report) {
  json workers = json::array();
  for (const ClusterReport::Worker& worker : report.workers) workers.push_back(json_of(worker));
  const json object = {{"time", count_of(report.time)},       {"broker", valid_utf8(report.broker)},
                       {"connected", report.connected},       {"queued", report.queued},
                       {"dead_letters", report.dead_letters}, {"workers", std::move(workers)}};
  const std::string path = path_of(run_folder);
  const std::string draft = path + ".new";
  if (std::ofstream(draft) << object.dump() << '\n' << std::flush) {
    std::rename(draft.c_str(), path.c_str());
  }
}

void remove_cluster_report(const std::string& run_folder) { ::unlink(path_of(run_folder).c_str()); }

std::optional<ClusterReport> read_cluster_report(const std::string& run_folder) {
  std::ifstream file(path_of(run_folder));
  const json object = json::parse(file, nullptr, /*allow_exceptions=*/false);
  try {
    ClusterReport report;
    report.time = WallTime(Duration(object.at("time").get<std::int64_t>()));
    report.broker = object.at("broker").get<std::string>();
    report.connected = object.at("connected").get<bool>();
    report.queued = object.at("queued").get<std::uint32_t>();
    report.dead_letters = object.at("dead_letters").get<std::uint32_t>();
    for (const json& worker : object.at("workers")) report.workers.push_back(worker_of(worker));
    return report;
  } catch (const json::exception&) {
    return std::nullopt;  // of another version, or none at all
  }
}

}  // namespace shoal
