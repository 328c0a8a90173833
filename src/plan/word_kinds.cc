#include "plan/word_kinds.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "plan/path_text.h"

namespace shoal {
namespace {

/// A name with an extension that holds a letter ("table.csv", not "0.25").
bool has_extension(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || is_number(text)) return false;
  const std::string_view extension = text.substr(dot + 1);
  return !extension.empty() && std::any_of(extension.begin(), extension.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

}  // namespace

bool is_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool looks_like_option(std::string_view text) { return text.size() > 1 && text.front() == '-'; }

bool is_no_path(std::string_view text) {
  return text.empty() || text == "-" || text.find("://") != std::string_view::npos;
}

bool is_device(std::string_view path) {
  return path.starts_with("/dev/") && !path.starts_with("/dev/shm/");
}

bool is_data_set_name(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto is_name = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    });
  };
  return colon != std::string_view::npos && is_name(text.substr(0, colon)) &&
         is_name(text.substr(colon + 1));
}

bool is_path_like(std::string_view text) {
  if (is_no_path(text)) return false;
  return text == "." || text == ".." || text.find('/') != std::string_view::npos ||
         has_extension(text);
}

bool names_output(std::string_view option) {
  constexpr std::array<std::string_view, 8> kNames = {"-o",           "--output",      "--out",
                                                      "--outfile",    "--output-file", "--outdir",
                                                      "--output-dir", "--output_file"};
  return std::find(kNames.begin(), kNames.end(), option) != kNames.end();
}

bool names_input(std::string_view option) {
  constexpr std::array<std::string_view, 4> kNames = {"--input", "--infile", "--input-file",
                                                      "--input_file"};
  return std::find(kNames.begin(), kNames.end(), option) != kNames.end();
}

bool is_given(std::string_view option, const std::vector<Word>& words, std::size_t next) {
  for (; next < words.size(); ++next) {
    const std::string_view word = words[next].text;
    if (word == "--") return false;
    if (!looks_like_option(word)) continue;
    if (word == option) return true;
    if (option.starts_with("--")) {
      if (word.starts_with(option) && word[option.size()] == '=') return true;
      continue;
    }
    if (option.size() != 2 || word.starts_with("--")) continue;
    const bool letters = std::all_of(word.begin() + 1, word.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (word[1] == option[1] || (letters && word.find(option[1]) != std::string_view::npos)) {
      return true;
    }
  }
  return false;
}

bool may_be_built_in(std::string_view program) {
  const std::string_view folder = parent_folder(program);
  return folder.empty() || last_name(folder) == "bin" ||
         last_name(program).find('.') != std::string_view::npos;
}

}  // namespace shoal
