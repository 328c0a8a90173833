// The part of AccessRules that applies a row of the command table.

#include <algorithm>

#include "plan/access_rules.h"
#include "plan/glob.h"
#include "plan/word_kinds.h"

namespace shoal {

void AccessRules::apply_row(const CommandRow& row, const std::vector<Word>& words,
                            std::size_t next) {
  certain_ = surely_ran();
  arguments_.clear();
  given_.clear();
  bool options_ended = false;
  while (next < words.size() && !effects_->barrier) {
    const std::string_view word = words[next].text;
    const bool is_option =
        !options_ended && looks_like_option(word) && (row.ignores_unknown || !is_number(word));
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
        certain_ = surely_ran() && value == role.defaults.front();
        apply_role(role, {value});
      }
    }
  }
  certain_ = surely_ran();
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
  if (role.uses.empty() || is_no_path(word.text) ||
      (!role.only_if.empty() && !fits(role.only_if))) {
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
    // The shell looks which paths fit the word, whatever is made of them.
    if (word.kind == Word::Kind::glob && !use.path.is_value()) look_up(word.text);
    add_built(role, use, word);
  }
  certain_ = certain;
}

void AccessRules::look_up(std::string_view pattern) {
  while (pattern.ends_with('/')) pattern.remove_suffix(1);
  add_pattern(AccessMode::read, pattern);
}

/// A path that a template makes of a word. It is a pattern when the word is
/// one, or the template adds wildcards; then what is literal gets quoted.
void AccessRules::add_built(const Role& role, const Role::Use& use, const Word& word) {
  const bool literal = word.kind == Word::Kind::literal;
  const bool pattern =
      !literal ||
      std::any_of(use.path.pieces().begin(), use.path.pieces().end(), [&](const auto& piece) {
        return piece.part == PathTemplate::Part::glob ? is_glob(word.text) : is_glob(piece.text);
      });
  const auto kept = [&](std::string_view text) {
    return literal && pattern ? glob_quoted(text) : std::string(text);
  };
  std::string built;
  for (const PathTemplate::Piece& piece : use.path.pieces()) {
    switch (piece.part) {
      case PathTemplate::Part::literal:
        built += piece.text;
        break;
      case PathTemplate::Part::value:
        built += kept(word.text);
        break;
      case PathTemplate::Part::glob:
        built += word.text;
        break;
      case PathTemplate::Part::stem:
        built += kept(with_suffix(word.text, ""));
        break;
      case PathTemplate::Part::parent:
        built += kept(parent_folder(word.text));
        break;
      case PathTemplate::Part::name:
        built += kept(last_name(word.text));
        break;
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

}  // namespace shoal
