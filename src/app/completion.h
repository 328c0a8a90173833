#pragma once

#include <string>

#include "app/option_walk.h"

namespace shoal {

/// A script for bash (4 or later) to source: completes subcommands, options,
/// their known values, and file and folder names. Made from the definition of
/// the options, so that it never lags behind. The app must have a name.
std::string bash_completion(const CLI::App& app, const OptionChoices& choices = {});

}  // namespace shoal
