#include "plan/access_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "plan/glob.h"

namespace shoal {
namespace {

/// `-5` and `-0.3` are values, not options.
bool is_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool looks_like_option(std::string_view text) { return text.size() > 1 && text.front() == '-'; }

/// Words that stand where a path could and are none.
bool is_no_path(std::string_view text) {
  return text.empty() || text == "-" || text.find("://") != std::string_view::npos;
}

/// Device files hold nothing that one command could leave to another.
bool is_device(std::string_view path) {
  return path.starts_with("/dev/") && !path.starts_with("/dev/shm/");
}

/// "benchmark:van_de_schoot_2017", as asreview tells data sets from files.
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

/// A name with an extension that holds a letter ("table.csv", not "0.25").
bool has_extension(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || is_number(text)) return false;
  const std::string_view extension = text.substr(dot + 1);
  return !extension.empty() && std::any_of(extension.begin(), extension.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

bool is_path_like(std::string_view text) {
  if (is_no_path(text)) return false;
  return text == "." || text == ".." || text.find('/') != std::string_view::npos ||
         has_extension(text);
}

bool names_output(std::string_view option) {
  constexpr std::array<std::string_view, 8> kNames = {
      "-o", "--output", "--out", "--outfile", "--output-file", "--outdir", "--output-dir", "--output_file"};
  return std::find(kNames.begin(), kNames.end(), option) != kNames.end();
}

bool names_input(std::string_view option) {
  constexpr std::array<std::string_view, 4> kNames = {"--input", "--infile", "--input-file",
                                                      "--input_file"};
  return std::find(kNames.begin(), kNames.end(), option) != kNames.end();
}

/// Whether `option` stands among the words: by itself, with `=value`, with its
/// value attached, or among letters behind one dash.
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

/// A program named by its place is a system's or an environment's program only
/// in a `bin` folder: `./test` is the user's own.
bool may_be_in_table(std::string_view program) {
  const std::string_view folder = parent_folder(program);
  return folder.empty() || last_name(folder) == "bin" ||
         last_name(program).find('.') != std::string_view::npos;
}

}  // namespace

void Effects::clear() {
  accesses.clear();
  row = nullptr;
  barrier = false;
  unknown = false;
}

void AccessRules::derive(CommandKind kind, const ParsedLine& line,
                         std::optional<std::string_view> folder, Effects& effects) {
  effects.clear();
  effects_ = &effects;
  if (!folder) {
    effects.barrier = true;
    return;
  }
  folder_ = *folder;
  conditional_ = false;
  for (std::size_t i = 0; i < line.size() && !effects.barrier; ++i) {
    const auto decides = [](const SimpleCommand& command) {
      return command.connector == Connector::and_then || command.connector == Connector::or_else;
    };
    // Groups are flattened: after the first && or || any step may depend on it.
    conditional_ = conditional_ || decides(line[i]);
    only_step_ = line.size() == 1;
    status_used_ = std::any_of(line.begin() + i + 1, line.end(), decides);
    if (kind == CommandKind::state) {
      derive_state(line[i]);
    } else {
      derive_step(line[i]);
    }
  }
  if (kind == CommandKind::ordinary && effects.accesses.empty() && !folder_.empty()) {
    add_folder_itself(".");
  }
}

/// State lines are replayed by every later command, so most touch nothing of
/// their own; but a folder must be there before `cd`, a script before `source`.
void AccessRules::derive_state(const SimpleCommand& command) {
  if (command.words.empty()) return;
  const std::string_view program = command.words[0].text;
  if (program == "source" || program == ".") {
    effects_->barrier = true;
  } else if (program == "cd" && command.words.size() == 2) {
    add_folder_itself(command.words[1].text);
  }
}

/// Reads `folder/.`: needs the folder, whatever it holds.
void AccessRules::add_folder_itself(std::string_view folder) {
  const PathId id = paths_.intern(spelling_.resolve(folder_, folder));
  if (id == PathTable::working_directory()) return;
  add({paths_.intern_below(id, "."), AccessMode::read, Extent::exact, false, false, 0});
}

void AccessRules::derive_step(const SimpleCommand& command) {
  certain_ = !conditional_;
  saw_path_ = false;
  for (const Redirect& redirect : command.redirects) {
    if (is_device(redirect.target.text)) continue;
    saw_path_ = true;
    switch (redirect.direction) {
      case Redirect::Direction::read: add_word(AccessMode::read, redirect.target); break;
      case Redirect::Direction::write: add_word(AccessMode::write, redirect.target); break;
      case Redirect::Direction::append: add_word(AccessMode::append, redirect.target); break;
      case Redirect::Direction::read_write:
        add_word(AccessMode::read, redirect.target);
        add_word(AccessMode::write, redirect.target);
        break;
    }
  }
  const Program program = find_program(command.words);
  if (effects_->barrier || program.absent) return;
  if (program.row == nullptr) {
    apply_general_rules(command.words, program.next);
    return;
  }
  if (program.row->sort == CommandRow::Sort::barrier) {
    effects_->barrier = true;
    return;
  }
  if (effects_->row == nullptr || (program.row->simulates && !effects_->row->simulates)) {
    effects_->row = program.row;
  }
  apply_row(*program.row, command.words, program.next);
}

AccessRules::Program AccessRules::find_program(const std::vector<Word>& words) {
  std::size_t at = 0;
  while (at < words.size()) {
    if (words[at].kind == Word::Kind::glob) {
      effects_->barrier = true;
      return {};
    }
    const std::string_view program = words[at].text;
    const CommandRow* row =
        may_be_in_table(program) ? matching_row(last_name(program), words, at + 1) : nullptr;
    if (row != nullptr && row->sort == CommandRow::Sort::wrapper) {
      at = skip_wrapper(*row, words, at + 1);
      continue;
    }
    if (row == nullptr || row->sort != CommandRow::Sort::interpreter) {
      if (program.find('/') != std::string_view::npos) add_path(AccessMode::read, program);
      return {row, at + 1 + (row == nullptr ? 0 : row->subcommand.size())};
    }
    bool is_module = false;
    const auto script = find_script(*row, words, at + 1, is_module);
    if (!script) {
      effects_->barrier = true;
      return {};
    }
    const Word& word = words[*script];
    if (!is_module) add_word(AccessMode::read, word);
    const bool named = is_module || last_name(word.text).find('.') != std::string_view::npos;
    row = named ? matching_row(last_name(word.text), words, *script + 1) : nullptr;
    return {row, *script + 1 + (row == nullptr ? 0 : row->subcommand.size())};
  }
  return {nullptr, at, true};
}

const CommandRow* AccessRules::matching_row(std::string_view name, const std::vector<Word>& words,
                                            std::size_t next) const {
  for (const CommandRow* row : table_.rows_of(name)) {
    bool fits = words.size() - next >= row->subcommand.size();
    for (std::size_t i = 0; fits && i < row->subcommand.size(); ++i) {
      fits = words[next + i].text == row->subcommand[i];
    }
    if (fits && !row->with.empty()) {
      fits = std::any_of(row->with.begin(), row->with.end(),
                         [&](const std::string& option) { return is_given(option, words, next); });
    }
    if (fits) return row;
  }
  return nullptr;
}

std::size_t AccessRules::skip_wrapper(const CommandRow& row, const std::vector<Word>& words,
                                      std::size_t next) {
  while (next < words.size()) {
    const std::string_view word = words[next].text;
    if (word == "--") {
      ++next;
      break;
    }
    if (row.takes_assignments && !word.starts_with('-') && word.find('=') != std::string_view::npos) {
      ++next;
      continue;
    }
    if (!looks_like_option(word)) break;
    next = apply_option(row, words, next);
  }
  return next + row.skips;
}

std::optional<std::size_t> AccessRules::find_script(const CommandRow& row,
                                                    const std::vector<Word>& words,
                                                    std::size_t next, bool& is_module) const {
  for (; next < words.size(); ++next) {
    const std::string_view word = words[next].text;
    if (!looks_like_option(word)) {
      return words[next].kind == Word::Kind::literal && word != "-" ? std::optional(next) : std::nullopt;
    }
    if (word == row.module_option) {
      is_module = true;
      return next + 1 < words.size() ? std::optional(next + 1) : std::nullopt;
    }
    const OptionRule* rule = row.find_option(word);
    if (rule == nullptr) {
      // `-Wignore` holds its value; anything else might run code (-c, -mX).
      rule = word.starts_with("--") ? nullptr : row.find_option(word.substr(0, 2));
      if (rule == nullptr || rule->takes == OptionRule::Takes::nothing) return std::nullopt;
      continue;
    }
    if (rule->takes != OptionRule::Takes::nothing) ++next;
  }
  return std::nullopt;
}

void AccessRules::apply_row(const CommandRow& row, const std::vector<Word>& words,
                            std::size_t next) {
  certain_ = !conditional_;
  arguments_.clear();
  given_.clear();
  bool options_ended = false;
  while (next < words.size() && !effects_->barrier) {
    const std::string_view word = words[next].text;
    const bool is_option = !options_ended && looks_like_option(word) &&
                           (row.ignores_unknown || !is_number(word));
    if (is_option && word == "--") {
      options_ended = true;
      ++next;
    } else if (is_option) {
      next = apply_option(row, words, next);
    } else {
      arguments_.push_back(&words[next++]);
    }
  }
  if (effects_->barrier) return;
  apply_arguments(row);
  if (row.has_defaults) apply_defaults(row);
}

/// Takes the option at `at` with its values; returns the index behind them.
std::size_t AccessRules::apply_option(const CommandRow& row, const std::vector<Word>& words,
                                      std::size_t at) {
  const std::string_view word = words[at].text;
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const OptionRule* rule = row.find_option(name);
  if (rule == nullptr && !word.starts_with("--")) return apply_cluster(row, words, at);
  if (rule == nullptr) {
    if (row.ignores_unknown) return at + 1;
    // Nobody knows whether the next word belongs to it: that one is taken for
    // an argument, and for a path that may be written.
    if (equals != std::string_view::npos) {
      apply_unknown_word({word.substr(equals + 1), words[at].kind});
    } else if (at + 1 < words.size() && !looks_like_option(words[at + 1].text)) {
      apply_unknown_word(words[at + 1]);
    }
    return at + 1;
  }
  if (equals == std::string_view::npos) return give_values(*rule, words, at + 1);
  given_.push_back(rule->first_name);
  apply_roles(rule->roles, {word.substr(equals + 1), words[at].kind});
  return at + 1;
}

/// `-rf` and `-oVALUE`: letters behind one dash.
std::size_t AccessRules::apply_cluster(const CommandRow& row, const std::vector<Word>& words,
                                       std::size_t at) {
  const std::string_view word = words[at].text;
  std::string letter = "-?";
  for (std::size_t i = 1; i < word.size(); ++i) {
    letter[1] = word[i];
    const OptionRule* rule = row.find_option(letter);
    if (rule == nullptr) {
      if (row.ignores_unknown) continue;
      apply_unknown_word({word.substr(i + 1), words[at].kind});
      if (at + 1 < words.size() && !looks_like_option(words[at + 1].text)) {
        apply_unknown_word(words[at + 1]);
      }
      return at + 1;
    }
    if (rule->takes == OptionRule::Takes::nothing) continue;
    if (i + 1 == word.size()) return give_values(*rule, words, at + 1);
    given_.push_back(rule->first_name);
    apply_roles(rule->roles, {word.substr(i + 1), words[at].kind});
    return at + 1;
  }
  return at + 1;
}

std::size_t AccessRules::give_values(const OptionRule& rule, const std::vector<Word>& words,
                                     std::size_t at) {
  given_.push_back(rule.first_name);
  if (rule.takes == OptionRule::Takes::nothing) return at;
  for (bool first = true; at < words.size(); first = false, ++at) {
    if (!first && rule.takes == OptionRule::Takes::one) break;
    if (rule.takes == OptionRule::Takes::many && looks_like_option(words[at].text) &&
        !is_number(words[at].text)) {
      break;
    }
    apply_roles(rule.roles, words[at]);
  }
  return at;
}

void AccessRules::apply_arguments(const CommandRow& row) {
  const std::size_t count = arguments_.size();
  for (std::size_t i = 0; i < count && !effects_->barrier; ++i) {
    if (row.last && count > 1 && i + 1 == count) {
      apply_role(*row.last, *arguments_[i]);
    } else if (i < row.arguments.size()) {
      apply_role(row.arguments[i], *arguments_[i]);
    } else if (row.rest) {
      apply_role(*row.rest, *arguments_[i]);
    } else {
      apply_unknown_word(*arguments_[i]);
    }
  }
  if (!row.rest || count > row.arguments.size()) return;
  for (const std::string& value : row.rest->defaults) apply_role(*row.rest, {value});
}

void AccessRules::apply_defaults(const CommandRow& row) {
  for (const auto& [name, rule] : row.options) {
    if (std::find(given_.begin(), given_.end(), name) != given_.end()) continue;
    for (const Role& role : rule.roles) {
      after_reads_ = only_step_;
      for (const std::string& value : role.defaults) {
        // Further defaults are those of other versions of the program.
        certain_ = !conditional_ && value == role.defaults.front();
        apply_role(role, {value});
      }
    }
  }
  certain_ = !conditional_;
  after_reads_ = false;
}

/// An option's output is taken to be written once the inputs were read; other
/// arguments are often worked on one by one.
void AccessRules::apply_roles(const std::vector<Role>& roles, const Word& word) {
  after_reads_ = only_step_;
  for (const Role& role : roles) apply_role(role, word);
  after_reads_ = false;
}

void AccessRules::apply_role(const Role& role, const Word& word) {
  const auto fits = [&](const std::string& glob) { return glob_matches(glob, word.text); };
  if (std::any_of(role.barrier_when.begin(), role.barrier_when.end(), fits) ||
      (!role.barrier_unless.empty() && !fits(role.barrier_unless))) {
    effects_->barrier = true;
    return;
  }
  if (role.uses.empty() || is_no_path(word.text) || (!role.only_if.empty() && !fits(role.only_if))) {
    return;
  }
  if (role.data_set_names && is_data_set_name(word.text)) return;
  const bool certain = certain_;
  certain_ = certain_ && !role.maybe;
  for (const Role::Use& use : role.uses) apply_use(role, use, word);
  certain_ = certain;
}

void AccessRules::apply_use(const Role& role, const Role::Use& use, const Word& word) {
  const bool certain = certain_;
  certain_ = certain_ && !use.in_passing;
  if (use.into) {
    copy_into(use, word);
  } else if (word.kind == Word::Kind::literal && use.path.is_value()) {
    add_path(use.mode, word.text, role.temporaries);
    // Not sure to run, yet no making in passing: others wait for it.
    if (use.mode == AccessMode::ensure && conditional_ && !use.in_passing) {
      add_path(AccessMode::make, word.text);
    }
  } else if (word.kind == Word::Kind::literal && use.path.is_parent()) {
    const std::string_view folder = parent_folder(word.text);
    if (!folder.empty()) add_path(use.mode, folder);
  } else {
    add_built(role, use, word);
  }
  certain_ = certain;
}

/// A path that a template makes of a word. It is a pattern when the word is
/// one, or the template adds wildcards; then what is literal gets quoted.
void AccessRules::add_built(const Role& role, const Role::Use& use, const Word& word) {
  const bool literal = word.kind == Word::Kind::literal;
  const bool pattern =
      !literal || std::any_of(use.path.pieces().begin(), use.path.pieces().end(), [&](const auto& piece) {
        return piece.part == PathTemplate::Part::glob ? is_glob(word.text) : is_glob(piece.text);
      });
  const auto kept = [&](std::string_view text) {
    return literal && pattern ? glob_quoted(text) : std::string(text);
  };
  std::string built;
  for (const PathTemplate::Piece& piece : use.path.pieces()) {
    switch (piece.part) {
      case PathTemplate::Part::literal: built += piece.text; break;
      case PathTemplate::Part::value: built += kept(word.text); break;
      case PathTemplate::Part::glob: built += word.text; break;
      case PathTemplate::Part::stem: built += kept(with_suffix(word.text, "")); break;
      case PathTemplate::Part::parent: built += kept(parent_folder(word.text)); break;
      case PathTemplate::Part::name: built += kept(last_name(word.text)); break;
    }
  }
  if (pattern) {
    add_pattern(use.mode, built);
  } else {
    add_path(use.mode, built, role.temporaries);
  }
}

/// The last word of cp and mv: a file, or a folder in which each of the other
/// arguments gets a namesake.
void AccessRules::copy_into(const Role::Use& use, const Word& target) {
  const auto is_pattern = [](const Word* word) { return word->kind == Word::Kind::glob; };
  if (std::any_of(arguments_.begin(), arguments_.end(), is_pattern)) {
    std::string folder(target.text);
    if (is_pattern(&target)) return add_pattern(use.mode, folder.append("/**"));
    return add_path(use.mode, folder.append("/"));
  }
  const bool tree = !use.path.is_value();
  // A bare name may be a folder or not, even after a mkdir that found a file
  // there; then it is taken with all that is in it.
  const bool folder = arguments_.size() > 2 || target.text.ends_with('/') ||
                      spelling_.resolve(folder_, target.text).empty();
  if (folder) {
    for (std::size_t i = 0; i + 1 < arguments_.size(); ++i) {
      std::string_view source = arguments_[i]->text;
      while (source.ends_with('/')) source.remove_suffix(1);
      std::string copy(target.text);
      copy.append("/").append(last_name(source));
      if (tree) copy += '/';
      add_path(use.mode, copy);
    }
    return;
  }
  std::string path(target.text);
  if (tree) path += '/';
  add_path(use.mode, path);
}

/// A program that the table does not know: options that are named like an
/// output are written, all other paths are taken to be read and written.
void AccessRules::apply_general_rules(const std::vector<Word>& words, std::size_t next) {
  certain_ = false;
  while (next < words.size()) {
    const Word& word = words[next++];
    const std::size_t equals = looks_like_option(word.text) ? word.text.find('=') : std::string_view::npos;
    const std::string_view name = word.text.substr(0, equals);
    const bool output = names_output(name);
    if (output || names_input(name)) {
      Word value;
      if (equals != std::string_view::npos) {
        value = {word.text.substr(equals + 1), word.kind};
      } else if (next < words.size()) {
        value = words[next++];
      }
      if (is_no_path(value.text)) continue;
      saw_path_ = true;
      add_word(output ? AccessMode::write : AccessMode::read, value);
    } else if (equals != std::string_view::npos) {
      apply_unknown_word({word.text.substr(equals + 1), word.kind});
    } else if (looks_like_option(word.text)) {
      if (!word.text.starts_with("--")) apply_unknown_word({word.text.substr(2), word.kind});
    } else {
      apply_unknown_word(word);
    }
  }
  if (!saw_path_) effects_->unknown = true;
}

/// Reads and writes whatever paths the word holds; `a=b` and lists parted by
/// commas or colons hold several.
void AccessRules::apply_unknown_word(const Word& word) {
  const std::size_t cut = word.text.find_first_of("=,:");
  if (cut != std::string_view::npos && word.text.find("://") == std::string_view::npos) {
    apply_unknown_word({word.text.substr(0, cut), word.kind});
    apply_unknown_word({word.text.substr(cut + 1), word.kind});
    if (!is_path_like(word.text.substr(0, cut)) && !is_path_like(word.text)) return;
  }
  if (is_no_path(word.text) || is_number(word.text) || is_device(word.text)) return;
  const bool certain = certain_;
  certain_ = false;
  if (word.kind == Word::Kind::glob) {
    // What matches may be folders, and the program may look into them.
    saw_path_ = true;
    const std::string everything = std::string(word.text).append("/**");
    add_pattern(AccessMode::read, everything);
    add_pattern(AccessMode::write, everything);
  } else if (is_path_like(word.text)) {
    saw_path_ = true;
    add_path(AccessMode::read, word.text);
    add_path(AccessMode::write, word.text);
  } else {
    add_path(AccessMode::read, word.text, kOnlyIfKnown);
    add_path(AccessMode::write, word.text, kOnlyIfKnown);
  }
  certain_ = certain;
}

void AccessRules::add_word(AccessMode mode, const Word& word) {
  if (word.kind == Word::Kind::glob) {
    add_pattern(mode, word.text);
  } else {
    add_path(mode, word.text);
  }
}

void AccessRules::add_path(AccessMode mode, std::string_view path, std::uint8_t temporaries) {
  if (is_device(path)) return;
  const bool tree = path.ends_with('/') && !makes_folder(mode);
  const std::string_view spelled = spelling_.resolve(folder_, path);
  const PathId id = paths_.intern(spelled);
  if (temporaries != 0 && temporaries != kOnlyIfKnown) {
    if (mode != AccessMode::write || tree) {
      temporaries = 0;
    } else {
      add_temporaries(std::string(spelled), temporaries);
    }
  }
  add({id, mode, tree ? Extent::tree : Extent::exact, certain_, after_reads_, temporaries});
}

/// Temporaries named after the whole path collide with nothing that the path
/// itself does not; only others need accesses of their own.
void AccessRules::add_temporaries(std::string_view path, std::uint8_t rule) {
  for (const std::string& suffix : table_.temporaries()[rule - 1U].suffixes) {
    if (stands_beside(path, suffix)) continue;
    std::string temporary = with_suffix(path, suffix);
    const bool tree = temporary.ends_with('/');
    if (tree) temporary.pop_back();
    const PathId id = paths_.intern(temporary);
    const Extent extent = tree ? Extent::tree : Extent::exact;
    add({id, AccessMode::write, extent, false, false, 0});
    add({id, AccessMode::remove, extent, false, false, 0});
  }
}

void AccessRules::add_pattern(AccessMode mode, std::string_view pattern) {
  if (makes_folder(mode)) {
    effects_->barrier = true;
    return;
  }
  const bool folders = pattern.ends_with('/');
  const std::string spelled(spelling_.resolve(folder_, pattern));
  const SplitGlob split = split_glob(spelled);
  if (split.names.empty()) {
    add({paths_.intern(split.folder), mode, folders ? Extent::tree : Extent::exact, certain_, after_reads_, 0});
  } else if (split.any_depth || folders) {
    add({paths_.intern(split.folder), mode, Extent::tree, certain_, after_reads_, 0});
  } else {
    add({paths_.intern_pattern(spelled), mode, Extent::glob, certain_, after_reads_, 0});
  }
}

void AccessRules::add(Access access) {
  const auto same = [&](const Access& other) {
    return other.path == access.path && other.mode == access.mode && other.extent == access.extent;
  };
  auto& accesses = effects_->accesses;
  const auto found = std::find_if(accesses.begin(), accesses.end(), same);
  if (found != accesses.end()) {
    found->certain = found->certain || access.certain;
    if (found->temporaries == kOnlyIfKnown) found->temporaries = access.temporaries;
    return;
  }
  accesses.push_back(access);
  if (access.mode == AccessMode::make && status_used_) {
    // Another step asks whether it was this mkdir that made the folder.
    add({access.path, AccessMode::write, Extent::exact, false, false, 0});
  }
}

}  // namespace shoal
