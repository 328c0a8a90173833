#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

/// A here-document whose operator was read and whose body is still to come.
struct HereDocument {
  std::string delimiter;     // quotes removed
  bool expands = true;       // no part of the delimiter was quoted
  bool strips_tabs = false;  // <<-
};

struct HereDelimiter {
  HereDocument document;
  std::size_t end = 0;  // behind the delimiter word
};

/// Reads the delimiter word at `at`. nullopt when there is none, or when it is
/// one whose end bash itself finds by expanding ($(...), `...`).
std::optional<HereDelimiter> read_here_delimiter(std::string_view text, std::size_t at,
                                                 bool strips_tabs);

struct HereBody {
  std::string_view text;
  std::size_t end = 0;  // the newline that ends the delimiter's line, or the text's end
};

/// The body that begins at `at`, the start of a line. nullopt when the
/// delimiter never comes.
std::optional<HereBody> find_here_body(std::string_view text, std::size_t at,
                                       const HereDocument& document);

}  // namespace shoal
