#include "app/own_file.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "app/project.h"

namespace shoal {

Expected<void> check_is_own(const std::string& path, std::string_view mark, std::string cure) {
  if (!std::filesystem::exists(path)) return {};
  const auto text = read_file(path, "file");
  if (!text) return tl::unexpected(text.error());
  if (text->find(mark) != std::string::npos) return {};
  return input_error(path, "this file is there already, and shoal did not write it",
                     std::move(cure));
}

Expected<void> write_own(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (file && !error) return {};
  return infrastructure_error(path, "cannot write this file",
                              "Look at the folder's permissions and at the space on its disk");
}

}  // namespace shoal
