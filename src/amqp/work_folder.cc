#include "amqp/work_folder.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace shoal {
namespace {

constexpr std::size_t kIdBytes = 16;

std::string random_hex() {
  std::array<unsigned char, kIdBytes> random{};
  // So few bytes are never cut short or interrupted (getrandom(2)).
  static_cast<void>(::getrandom(random.data(), random.size(), 0));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : random) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

/// A link to a file that is complete, so that nobody reads half an id, and so
/// that of several programs one wins.
Expected<std::string> work_folder_id(const std::string& work_folder) {
  const std::string folder = work_folder + "/.shoal";
  const std::string path = folder + "/folder-id";
  std::string id = read_line(path);
  if (!id.empty()) return id;

  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string draft = path + "." + random_hex();
  std::ofstream(draft) << random_hex() << '\n' << std::flush;
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const int code = errno;
  ::unlink(draft.c_str());
  id = read_line(path);
  if (linked && !id.empty()) return id;
  return infrastructure_error(path, std::string("cannot write it: ") + std::strerror(code),
                              "shoal keeps its journal and logs in .shoal: give yourself the right "
                              "to write there");
}

}  // namespace shoal
