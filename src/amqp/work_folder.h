#pragma once

#include <string>

#include "base/error.h"

namespace shoal {

/// The id of a work folder, which lies in the folder itself (`.shoal/folder-id`)
/// and is made by whoever asks first. Two programs that see the same id work in
/// the same folder, whatever its path on each machine.
Expected<std::string> work_folder_id(const std::string& work_folder);

}  // namespace shoal
