#include "app/project.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "journal/file_descriptor.h"
#include "plan/command_table.h"
#include "plan/export.h"
#include "plan/planner.h"

namespace shoal {
namespace {

std::string cure_for(int error, std::string_view what) {
  switch (error) {
    case ENOENT:
      return fmt::format("Give the path of a {} that exists", what);
    case EACCES:
      return "Give yourself the right to read it (chmod u+r)";
    default:
      return "";
  }
}

Expected<CommandTable> load_table(const std::string& own_table,
                                  const std::vector<std::string>& extra_tables) {
  CommandTable table = CommandTable::built_in();
  std::vector<std::string> files = extra_tables;
  if (std::filesystem::exists(own_table)) files.insert(files.begin(), own_table);
  for (const std::string& file : files) {
    const auto toml = read_file(file, "command table");
    if (!toml) return tl::unexpected(toml.error());
    if (const auto added = table.add_toml(*toml, file); !added) {
      return tl::unexpected(added.error());
    }
  }
  return table;
}

}  // namespace

std::optional<std::string> environment_value(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Expected<std::string> read_file(const std::string& path, std::string_view what) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return input_error(path, fmt::format("cannot read the {}: {}", what, std::strerror(errno)),
                       cure_for(errno, what));
  }
  if (S_ISDIR(status.st_mode)) {
    return input_error(path, fmt::format("this is a folder, not a {}", what),
                       fmt::format("Give the {} inside it", what));
  }
  // One byte more than the size: the read that meets the end needs no growth.
  std::string bytes(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(2 * bytes.size() + 4096);  // a pipe, or it grew
    const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return infrastructure_error(
          path, fmt::format("cannot read the {}: {}", what, std::strerror(errno)));
    }
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

bool Project::takes_snapshots() const {
  return std::ranges::any_of(
      plan_.commands(), [](const Command& command) { return command.effect != ShellEffect::none; });
}

std::vector<Finding> Project::findings() const {
  std::vector<Finding> all = missing_inputs(
      plan_, DiskView{[](const std::string& path) { return std::filesystem::exists(path); }});
  all.insert(all.end(), plan_.findings().begin(), plan_.findings().end());
  return all;
}

Expected<Project> Project::load(const std::string& jobs_file, std::string_view mode,
                                const std::vector<std::string>& command_tables) {
  const auto plan_mode = parse_plan_mode(mode);
  if (!plan_mode) {
    return input_error("--mode", fmt::format("there is no mode '{}'", mode),
                       "Use auto, serial, stages or independent");
  }
  auto bytes = read_file(jobs_file, "jobs file");
  if (!bytes) return tl::unexpected(bytes.error());
  auto text = JobsText::from(std::move(*bytes), jobs_file);
  if (!text) return tl::unexpected(text.error());

  std::error_code no_folder;
  const auto working_directory = std::filesystem::current_path(no_folder);
  if (no_folder) {
    return infrastructure_error("", "the current folder is gone", "Change to one that exists");
  }
  std::string absolute = std::filesystem::weakly_canonical(jobs_file).string();
  const auto table = load_table(ShoalFolder(absolute).commands_toml(), command_tables);
  if (!table) return tl::unexpected(table.error());

  auto owned = std::make_unique<JobsText>(std::move(*text));
  PlanOptions plan_options;
  plan_options.mode = *plan_mode;
  plan_options.working_directory = working_directory.string();
  plan_options.environment = environment_value;
  plan_options.folder_exists = [](const std::string& path) {
    std::error_code absent;
    return std::filesystem::is_directory(path, absent);
  };
  auto plan = make_plan(*owned, *table, plan_options);
  if (!plan) return tl::unexpected(plan.error());
  return Project(std::move(absolute), jobs_file, working_directory.string(), std::move(owned),
                 std::move(*plan));
}

}  // namespace shoal
