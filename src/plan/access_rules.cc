#include "plan/access_rules.h"

#include <algorithm>

#include "plan/glob.h"
#include "plan/word_kinds.h"

namespace shoal {

void Effects::clear() {
  accesses.clear();
  links.clear();
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
  if (!line.folder().empty()) {
    add_folder_itself(line.folder());
    folder_ = std::string(spelling_.resolve(folder_, line.folder()));
  }
  and_list_ = line.is_and_list();
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
  doubt_what_is_removed();
}

/// What a step writes and another one removes is not there in the end.
void AccessRules::doubt_what_is_removed() {
  auto& accesses = effects_->accesses;
  const auto lies_at_or_below = [&](PathId path, PathId folder) {
    std::optional<PathId> at = path;
    while (at && *at != folder) at = paths_.parent(*at);
    return at.has_value();
  };
  for (const Access& removed : accesses) {
    if (removed.mode != AccessMode::remove) continue;
    for (Access& access : accesses) {
      if (access.mode != AccessMode::write && access.mode != AccessMode::append) continue;
      if (removed.extent == Extent::glob || lies_at_or_below(access.path, removed.path)) {
        access.certain = false;
      }
    }
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
  certain_ = surely_ran();
  saw_path_ = false;
  for (const Redirect& redirect : command.redirects) {
    if (is_device(redirect.target.text)) continue;
    saw_path_ = true;
    switch (redirect.direction) {
      case Redirect::Direction::read:
        add_word(AccessMode::read, redirect.target);
        break;
      case Redirect::Direction::write:
        add_word(AccessMode::write, redirect.target);
        break;
      case Redirect::Direction::append:
        add_word(AccessMode::append, redirect.target);
        break;
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
  if (program.row->sort == CommandRow::Sort::linker) return make_links(command.words, program.next);
  apply_row(*program.row, command.words, program.next);
}

/// Each name may be the link that is made, or not.
void AccessRules::make_links(const std::vector<Word>& words, std::size_t next) {
  const auto links = links_made(words, next, folder_, paths_, spelling_);
  if (!links) {
    effects_->barrier = true;
    return;
  }
  for (const MadeLink& link : *links) {
    add({link.target, AccessMode::read, Extent::exact, false, false, 0});
    add({link.name, AccessMode::write, Extent::exact, false, false, 0});
    effects_->links.push_back(link);
  }
}

AccessRules::Program AccessRules::find_program(const std::vector<Word>& words) {
  std::size_t at = 0;
  while (at < words.size()) {
    if (words[at].kind == Word::Kind::glob) {
      effects_->barrier = true;
      return {};
    }
    const std::string_view program = words[at].text;
    const CommandRow* row = matching_row(last_name(program), words, at + 1);
    if (row != nullptr && row->built_in && !may_be_built_in(program)) row = nullptr;
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
    if (row.takes_assignments && !word.starts_with('-') &&
        word.find('=') != std::string_view::npos) {
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
      return words[next].kind == Word::Kind::literal && word != "-" ? std::optional(next)
                                                                    : std::nullopt;
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
    add({paths_.intern(split.folder), mode, folders ? Extent::tree : Extent::exact, certain_,
         after_reads_, 0});
  } else if (split.any_depth || folders) {
    add({paths_.intern(split.folder), mode, Extent::tree, certain_, after_reads_, 0});
  } else {
    add({paths_.intern_pattern(spelled), mode, Extent::glob, certain_, after_reads_, 0});
  }
}

void AccessRules::add(Access access) {
  const bool writes = access.mode == AccessMode::write || access.mode == AccessMode::append;
  // Others count on reads and folders even when the line fails half-way.
  if (conditional_ && !writes) access.certain = false;
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
