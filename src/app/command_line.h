#pragma once

#include <memory>

#include "app/options.h"

namespace CLI {
class App;
}

namespace shoal {

/// The definition of every subcommand and option, once: parsing, `--help`, the
/// man page and the shell completion all come from it. Parsed values go to
/// `options`, which must outlive the result.
std::unique_ptr<CLI::App> make_command_line(Options& options);

}  // namespace shoal
