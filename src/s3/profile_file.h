#pragma once

#include <map>
#include <string>
#include <string_view>

namespace shoal {

/// What a profile says, by name in lower case.
using Profile = std::map<std::string, std::string>;

/// The profile of that name in the text of a file of AWS's tools. Sections are
/// called [NAME], in the file of configuration [profile NAME] unless it is
/// "default". Empty when the text has none.
Profile find_profile(std::string_view text, std::string_view name);

}  // namespace shoal
