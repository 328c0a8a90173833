#include "job/here_document.h"

#include <algorithm>

#include "job/characters.h"

namespace shoal {
namespace {

std::size_t line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

bool ends_in_continuation(std::string_view line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

}  // namespace

std::optional<HereDelimiter> read_here_delimiter(std::string_view text, std::size_t at,
                                                 bool strips_tabs) {
  HereDelimiter found;
  found.document.strips_tabs = strips_tabs;
  std::string& word = found.document.delimiter;
  while (at < text.size() && is_blank(text[at])) ++at;
  const std::size_t begin = at;
  while (at < text.size() && !ends_word(text[at])) {
    const char c = text[at];
    if (c == '`' || c == '$') return std::nullopt;
    if (c == '\\') {
      if (at + 1 >= text.size() || text[at + 1] == '\n') return std::nullopt;
      found.document.expands = false;
      word += text[at + 1];
      at += 2;
    } else if (c == '\'' || c == '"') {
      const std::size_t close = text.find(c, at + 1);
      if (close == std::string_view::npos) return std::nullopt;
      const std::string_view quoted = text.substr(at + 1, close - at - 1);
      if (c == '"' && quoted.find_first_of("\\$`") != std::string_view::npos) return std::nullopt;
      found.document.expands = false;
      word += quoted;
      at = close + 1;
    } else {
      word += c;
      ++at;
    }
  }
  if (at == begin || word.find('\n') != std::string::npos) return std::nullopt;
  found.end = at;
  return found;
}

std::optional<HereBody> find_here_body(std::string_view text, std::size_t at,
                                       const HereDocument& document) {
  const std::size_t begin = at;
  std::string joined;  // of lines that a backslash joins
  while (at < text.size()) {
    const std::size_t first = at;
    std::size_t end = line_end(text, at);
    std::string_view line = text.substr(at, end - at);
    if (document.expands && ends_in_continuation(line) && end < text.size()) {
      joined.clear();
      while (ends_in_continuation(line) && end < text.size()) {
        joined += line.substr(0, line.size() - 1);
        at = end + 1;
        end = line_end(text, at);
        line = text.substr(at, end - at);
      }
      joined += line;
      line = joined;
    }
    if (document.strips_tabs)
      line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    if (line == document.delimiter) return HereBody{text.substr(begin, first - begin), end};
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace shoal
