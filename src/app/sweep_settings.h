#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace shoal {

/// One line of a settings file: what varies between the projects of a sweep.
struct SweepSetting {
  std::uint32_t line = 0;          // in the file
  std::string text;                // without blanks at its ends
  std::vector<std::string> words;  // as a shell would split it, quotes removed
  std::string folder;              // the project's, made of the text
};

/// Reads a settings file: a setting a line; empty lines and those that begin
/// with # are left out. Errors: there is none, one cannot be split into words,
/// or two would have one folder.
Expected<std::vector<SweepSetting>> read_settings(std::string_view text, const std::string& name);

/// The command of one project: a word that is {settings} becomes the setting's
/// words; within a longer word, {settings} and {name} become the setting's text
/// and its folder's name.
std::vector<std::string> command_for(const SweepSetting& setting,
                                     const std::vector<std::string>& command);

}  // namespace shoal
