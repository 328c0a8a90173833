#pragma once

#include <string>

namespace shoal {

/// Whether the file is a whole zip archive: its end record, its central
/// directory and the header of every member stand where they point to one
/// another. Contents are not decompressed.
bool is_complete_zip(const std::string& path);

}  // namespace shoal
