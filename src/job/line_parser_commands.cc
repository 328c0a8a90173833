// Simple commands: assignments, words, and what kind of program they call.
#include <algorithm>

#include "job/characters.h"
#include "job/line_parser.h"
#include "job/portability.h"
#include "job/variable_names.h"

namespace shoal {
namespace {

bool takes_assignments(std::string_view program) {
  return program == "export" || program == "readonly" || program == "declare";
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

}  // namespace

void LineParser::word() {
  const std::size_t digits = skip_digits(text_, at_);
  if (digits > at_ && digits < text_.size() && (text_[digits] == '<' || text_[digits] == '>')) {
    const std::string_view descriptor = text_.substr(at_, digits - at_);
    at_ = digits;
    return redirect(descriptor);
  }
  const bool before_program = place_ != Place::command || parsed_->back().words.empty();
  if (before_program && place_ != Place::group && assignment()) return;
  if (!before_program && takes_assignments(parsed_->back().words[0].text) && assignment()) return;
  last_word_begin_ = at_;
  ReadWord read = words_.read(text_, at_, WordPlace::argument);
  read.passes_on = false;  // even the name of a variable may depend on it
  if (place_ != Place::command && reserved(read)) return;
  if (place_ == Place::group) return refuse(BarrierReason::syntax);
  const bool names_descriptor = read.word.text.starts_with('{') && read.word.text.ends_with('}') &&
                                read.end < text_.size() &&
                                (text_[read.end] == '<' || text_[read.end] == '>');
  // Lines joined inside a word may make it an assignment or a descriptor.
  const bool joined = read.bare && read.end - at_ != read.word.text.size();
  const bool may_be_other = joined && (before_program || is_all_digits(read.word.text));
  if (names_descriptor || may_be_other) note(BarrierReason::unsupported_expansion);
  begin_command();
  add_word(read);
  at_ = read.end;
}

/// Deals with a word that is reserved where a command begins.
bool LineParser::reserved(const ReadWord& read) {
  if (!read.bare) return false;
  const ProgramKind kind = program_kind(read.word.text);
  if (!is_reserved(kind)) return false;
  const std::size_t length = read.end - at_;
  if (place_ == Place::group && kind != ProgramKind::group_end) {
    refuse(BarrierReason::syntax);
    return true;
  }
  switch (kind) {
    case ProgramKind::group_begin:
      open_group(false, length);
      return true;
    case ProgramKind::group_end:
      close_group(false, length);
      return true;
    case ProgramKind::function:
      refuse(BarrierReason::function_definition);
      return true;
    case ProgramKind::opens_compound:
      refuse(BarrierReason::compound);
      return true;
    case ProgramKind::prefix:
      break;
    default:
      refuse(BarrierReason::syntax);
      return true;
  }
  if (level().in_pipe) {
    refuse(BarrierReason::syntax);  // only a whole pipeline can be negated or timed
    return true;
  }
  only_words_ = false;
  prefixed_ = true;
  place_ = Place::needs_command;
  at_ = read.end;
  if (read.word.text == "!") {
    level().negated = !level().negated;
    tolerates_failure_ = true;
    return true;
  }
  portable_ = false;
  skip_blanks();
  if (text_.substr(at_, 2) == "-p" && (at_ + 2 >= text_.size() || ends_word(text_[at_ + 2])))
    at_ += 2;
  return true;
}

/// NAME=value before the program, or as an argument of export and its kind.
bool LineParser::assignment() {
  const std::size_t length = name_length(text_, at_);
  if (length == 0 || at_ + length >= text_.size()) return false;
  const std::string_view name = text_.substr(at_, length);
  const std::string_view rest = text_.substr(at_ + length);
  if (rest.starts_with("+=") || rest.starts_with("=(") || rest.starts_with('[')) {
    refuse(BarrierReason::unsupported_expansion);  // appending, arrays and their elements
    return true;
  }
  if (!rest.starts_with("=")) return false;
  const std::size_t begin = at_;
  ReadWord read = words_.read(text_, at_ + length + 1, WordPlace::assignment);
  const bool is_argument = place_ == Place::command && !parsed_->back().words.empty();
  begin_command();
  if (is_argument) {
    if (!read.portable &&
        text_.substr(begin, read.end - begin).find('{') != std::string_view::npos) {
      note(BarrierReason::unsupported_expansion);  // braces expand here, but not in X={a,b}
    }
    const bool unchanged = read.bare && read.word.text.size() == read.end - begin - length - 1;
    read.word.text = unchanged
                         ? text_.substr(begin, read.end - begin)
                         : arena_.store(std::string(name) + "=" + std::string(read.word.text));
    add_word(read);
  } else {
    if (read.trouble != BarrierReason::none && word_trouble_ == BarrierReason::none) {
      word_trouble_ = read.trouble;
    }
    only_passes_on_ = only_passes_on_ && (read.trouble == BarrierReason::none || read.passes_on);
    raise(read.effect);
    portable_ = portable_ && read.portable && !is_special_variable(name) && name != "PATH";
    only_words_ = false;
    // In `X=1 Y=$X`, Y gets the new value, which is not known yet here.
    const bool may_see_earlier = read.expanded && !assignments_.empty();
    assignments_.emplace_back(name, StateWord{read.word.text, read.passes_on || may_see_earlier});
  }
  at_ = read.end;
  return true;
}

void LineParser::begin_command() {
  if (place_ == Place::command) return;
  look_at_folder();
  Level& here = level();
  SimpleCommand& command = parsed_->append();
  command.connector = here.next;
  if (here.next == Connector::sequence && here.condition != Connector::first) {
    command.connector = here.condition;
  }
  place_ = Place::command;
  state_words_.clear();
  assignments_.clear();
  word_trouble_ = BarrierReason::none;
  only_passes_on_ = true;
  redirected_ = computed_program_ = program_is_quoted_ = false;
}

void LineParser::add_word(const ReadWord& read) {
  SimpleCommand& command = parsed_->back();
  const bool literal = read.trouble == BarrierReason::none && read.word.kind == Word::Kind::literal;
  if (command.words.empty()) {
    computed_program_ = !literal || read.expanded;
    program_is_quoted_ = !read.bare;
  }
  command.words.push_back(read.word);
  state_words_.push_back({read.word.text, read.passes_on});
  if (read.trouble != BarrierReason::none && word_trouble_ == BarrierReason::none) {
    word_trouble_ = read.trouble;
  }
  const bool followed = literal || read.passes_on;
  only_passes_on_ = only_passes_on_ && followed;
  expanded_ = expanded_ || read.expanded;
  portable_ = portable_ && read.portable;
  raise(read.effect);
}

/// The command being read may do this to the shell that runs it.
void LineParser::raise(ShellEffect effect) {
  level().pipeline_effect = std::max(level().pipeline_effect, effect);
}

void LineParser::finish_command() {
  if (place_ != Place::command) return;
  const SimpleCommand& command = parsed_->back();
  if (command.words.empty()) {
    if (!assignments_.empty()) return finish_state({});
    has_ordinary_ = true;
    portable_ = false;  // a failing redirection alone ends some shells
    if (word_trouble_ != BarrierReason::none) note(word_trouble_);
    return;
  }
  const std::string_view program = command.words[0].text;
  if (computed_program_ || program.starts_with('%')) {
    const bool known = word_trouble_ == BarrierReason::none;
    const bool external = known && command.words[0].kind == Word::Kind::literal &&
                          !shell_.redefines_programs() && !program.starts_with('%') &&
                          program_kind(program) == ProgramKind::external;
    if (!external) {
      note(word_trouble_ == BarrierReason::unknown_variable ? word_trouble_
                                                            : BarrierReason::computed_program);
      raise(ShellEffect::may_change);
      return;
    }
    portable_ = false;
  }
  if (shell_.is_function(program) || (!program_is_quoted_ && shell_.is_alias(program))) {
    note(shell_.is_function(program) ? BarrierReason::function_definition
                                     : BarrierReason::alias_in_use);
    raise(ShellEffect::may_change);
    return;
  }
  ProgramKind kind = program_kind(program);
  if (is_reserved(kind)) kind = ProgramKind::external;  // quoted, or not where a command begins
  finish_builtin(kind);
}

void LineParser::finish_builtin(ProgramKind kind) {
  const SimpleCommand& command = parsed_->back();
  const std::string_view program = command.words[0].text;
  switch (kind) {
    case ProgramKind::state:
      return finish_state(program);
    case ProgramKind::inert:
      note(BarrierReason::changes_shell);
      return;
    case ProgramKind::ends_shell: {
      ends_shell_ = true;
      note(BarrierReason::ends_shell);
      raise(ShellEffect::may_end);
      return;
    }
    case ProgramKind::changes_shell:
      note(BarrierReason::changes_shell);
      raise(ShellEffect::may_change);
      return;
    case ProgramKind::harmless:
      if (program == "printf" && may_be_option(command)) {  // printf -v NAME
        note(BarrierReason::changes_shell);
        return raise(ShellEffect::may_change);
      }
      break;
    default:
      break;
  }
  has_ordinary_ = true;
  if (word_trouble_ != BarrierReason::none) note(word_trouble_);
  portable_ = portable_ && is_portable_command(command.words, kind);
}

/// A command that changes the shell: followed when it stands for itself.
void LineParser::finish_state(std::string_view program) {
  if (enters_folder(program)) return;
  const Level& here = level();
  const bool in_subshell_of_its_own = (peek() == '|' || peek() == '&') && peek(1) != peek();
  const bool alone = !in_subshell_of_its_own && levels_.size() == 1 && !here.in_pipe &&
                     !redirected_ &&
                     (here.next == Connector::first || here.next == Connector::sequence) &&
                     (program.empty() || assignments_.empty()) && !prefixed_;
  raise(ShellEffect::may_change);
  if (!alone || !only_passes_on_ || barrier_ != BarrierReason::none) {
    return note(!only_passes_on_ && word_trouble_ != BarrierReason::none
                    ? word_trouble_
                    : BarrierReason::changes_shell);
  }
  followed_state_ = true;
  BarrierReason reason = BarrierReason::none;
  if (program.empty()) {
    for (const auto& [name, value] : assignments_) {
      if (reason == BarrierReason::none) reason = shell_.assign(name, value);
    }
  } else {
    reason = shell_.apply(state_words_);
  }
  if (reason != BarrierReason::none) note(reason);
}

/// `(cd FOLDER &&` at the beginning of a line: the rest of the group runs there.
bool LineParser::enters_folder(std::string_view program) {
  const SimpleCommand& command = parsed_->back();
  const Level& here = level();
  const bool begins_line = levels_.size() == 2 && here.subshell && parsed_->size() == 1 &&
                           here.next == Connector::first && !here.in_pipe && !prefixed_;
  const bool is_bare = command.words.size() == 2 && !redirected_ && assignments_.empty() &&
                       word_trouble_ == BarrierReason::none && peek() == '&' && peek(1) == '&';
  if (program != "cd" || !begins_line || !is_bare) return false;
  const Word& folder = command.words[1];
  // The parser's $PWD is that of the line's own shell.
  const bool asks_where_it_is = text_.find("PWD") != std::string_view::npos;
  if (folder.kind != Word::Kind::literal || asks_where_it_is ||
      !shell_.names_a_folder(folder.text)) {
    return false;
  }
  parsed_->set_folder(folder.text);
  parsed_->drop_last();
  entered_folder_ = true;
  return true;
}

/// Whether the first argument is an option, or not known.
bool LineParser::may_be_option(const SimpleCommand& command) const {
  if (command.words.size() < 2) return false;
  return command.words[1].text.starts_with('-') || word_trouble_ != BarrierReason::none;
}

bool LineParser::is_plain_exit() const {
  if (parsed_->size() != 1 || !only_words_ || !ends_shell_ || refused_) return false;
  const std::vector<Word>& words = (*parsed_)[0].words;
  if (words[0].text != "exit" || words.size() > 2) return false;
  if (words.size() == 1) return true;
  return is_all_digits(words[1].text) || text_.substr(last_word_begin_).starts_with("$?");
}

}  // namespace shoal
