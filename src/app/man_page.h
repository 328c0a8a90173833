#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal {

struct ManSection {
  std::string title;  // "EXIT STATUS"
  std::string text;   // paragraphs with an empty line between; indented lines stay as they are
};

/// What the definition of the options does not say.
struct ManPageFacts {
  std::string version;  // "shoal 0.1.0"
  std::string date;     // "2025-11-24"; of the release, so that equal builds give equal pages
  std::vector<ManSection> sections;  // after the options, in order
};

/// A page for section 1 of the manual in man(7) format, made from the
/// definition of the options: the app's name, description, options,
/// subcommands with theirs, and footer.
std::string man_page(const CLI::App& app, const ManPageFacts& facts);

}  // namespace shoal
