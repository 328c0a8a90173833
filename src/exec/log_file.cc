#include "exec/log_file.h"

#include <algorithm>
#include <fstream>

#include "exec/slot_log.h"

namespace shoal {

std::string read_log(const std::string& log_folder, const LogRange& range) {
  if (range.end <= range.begin) return "";
  std::ifstream file(SlotLog::path(log_folder, range.slot), std::ios::binary);
  file.seekg(static_cast<std::streamoff>(range.begin));
  std::string bytes(static_cast<std::size_t>(range.end - range.begin), '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

}  // namespace shoal
