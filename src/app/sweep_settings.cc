#include "app/sweep_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/text.h"
#include "job/jobs_reader.h"

namespace shoal {
namespace {

/// A file's name has at most 255 bytes; some are left for temporaries.
constexpr std::size_t kLongestName = 200;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string folder_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) != 0 || byte >= 0x80 ||
                          std::string_view("-_.=,+:@").find(c) != std::string_view::npos;
    name += is_plain ? c : '_';
  }
  if (name.size() > kLongestName) {
    name = fmt::format("{}-{:016x}", name.substr(0, kLongestName - 17), hash64(text));
  }
  // "." and ".." are not free, and what begins with a point is not shown.
  return name.starts_with('.') ? "_" + name : name;
}

/// As a shell would split it; nothing where it would do more than that.
std::vector<std::string> split_words(const std::string& text) {
  const auto jobs = JobsText::from("x " + text, "");
  if (!jobs) return {};
  JobsReader reader(*jobs, {[](std::string_view) { return std::nullopt; }});
  Command command;
  ParsedLine parsed;
  if (!reader.next(command, parsed) || command.kind != CommandKind::ordinary) return {};
  if (parsed.size() != 1 || !parsed[0].redirects.empty()) return {};
  std::vector<std::string> words;
  for (const Word& word : parsed[0].words) {
    if (word.kind != Word::Kind::literal) return {};
    words.emplace_back(word.text);
  }
  words.erase(words.begin());
  return words;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

Expected<std::vector<SweepSetting>> read_settings(std::string_view text, const std::string& name) {
  std::vector<SweepSetting> settings;
  std::map<std::string, std::uint32_t> lines;  // by folder
  std::uint32_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    SweepSetting setting{line, std::string(trimmed(text.substr(0, end))), {}, {}};
    text.remove_prefix(std::min(end + 1, text.size()));
    if (setting.text.empty() || setting.text.starts_with('#')) continue;
    const std::string place = fmt::format("{}:{}", name, line);
    setting.words = split_words(setting.text);
    if (setting.words.empty()) {
      return input_error(place, "this setting is more than words",
                         "Put quotes around what a shell would take for something else");
    }
    setting.folder = folder_name(setting.text);
    const auto [known, is_new] = lines.emplace(setting.folder, line);
    if (!is_new) {
      return input_error(place,
                         fmt::format("this setting and that of line {} would both have the folder "
                                     "{}",
                                     known->second, setting.folder),
                         "Remove one of them");
    }
    settings.push_back(std::move(setting));
  }
  if (settings.empty()) {
    return input_error(name, "there are no settings in it", "Write one a line");
  }
  return settings;
}

std::vector<std::string> command_for(const SweepSetting& setting,
                                     const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const std::string& word : command) {
    if (word == "{settings}") {
      words.insert(words.end(), setting.words.begin(), setting.words.end());
      continue;
    }
    words.push_back(word);
    replace_all(words.back(), "{settings}", setting.text);
    replace_all(words.back(), "{name}", setting.folder);
  }
  return words;
}

}  // namespace shoal
