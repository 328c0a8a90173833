#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace shoal {

inline std::string contents_of(const std::string& path) {
  std::ostringstream contents;
  contents << std::ifstream(path, std::ios::binary).rdbuf();
  return contents.str();
}

inline void write_file(const std::string& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

}  // namespace shoal
