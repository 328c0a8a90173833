#include "job/line_parser.h"

#include <algorithm>

#include "job/characters.h"
#include "job/words.h"

namespace shoal {
namespace {

/// A group's redirections are copied to each of its commands, so that deep
/// nesting costs the product of both.
constexpr std::size_t kDeepestNesting = 64;

Connector opposite(Connector connector) {
  return connector == Connector::and_then ? Connector::or_else : Connector::and_then;
}

/// Whether an expansion in a here-document might set a variable: ${x:=1},
/// $((x++)), ${a[i++]}.
bool may_assign(std::string_view body) {
  return body.find("$((") != std::string_view::npos || body.find("$[") != std::string_view::npos ||
         (body.find("${") != std::string_view::npos &&
          body.find_first_of("=[:") != std::string_view::npos);
}

bool is_conditional(Connector connector) {
  return connector == Connector::and_then || connector == Connector::or_else;
}

}  // namespace

LineVerdict LineParser::parse(std::string_view line, bool leaves_shell_alone, ParsedLine& parsed) {
  reset(line, parsed);
  while (at_ < text_.size() && !refused_) step();
  if (!refused_) {
    finish_command();
    end_pipeline();
    if (levels_.size() > 1 || place_ == Place::needs_command || !here_documents_.empty()) {
      refuse(BarrierReason::syntax);
    }
  }
  return verdict(leaves_shell_alone);
}

void LineParser::reset(std::string_view line, ParsedLine& parsed) {
  arena_.reset();
  parsed.clear();
  text_ = line;
  at_ = 0;
  parsed_ = &parsed;
  levels_.assign(1, Level{});
  here_documents_.clear();
  place_ = Place::start;
  last_group_begin_ = copied_redirects_ = groups_ = 0;
  barrier_ = BarrierReason::none;
  refused_ = followed_state_ = ends_shell_ = has_ordinary_ = expanded_ = false;
  prefixed_ = entered_folder_ = tolerates_failure_ = false;
  only_words_ = portable_ = true;
}

void LineParser::step() {
  switch (text_[at_]) {
    case ' ':
    case '\t':
      ++at_;
      return;
    case '\n':
      return newline();
    case '#':
      return comment();
    case ';':
    case '&':
      if (peek() == '&' && peek(1) == '>') return redirect({});
      return connect();
    case '|':
      return connect();
    case '(':
      if (place_ == Place::command && parsed_->back().words.size() == 1 && !redirected_) {
        return refuse(BarrierReason::function_definition);
      }
      if (place_ != Place::start && place_ != Place::needs_command) {
        return refuse(BarrierReason::syntax);
      }
      if (peek(1) == '(') return refuse(BarrierReason::compound);
      return open_group(true, 1);
    case ')':
      return close_group(true, 1);
    case '<':
    case '>':
      if (peek(1) != '(') return redirect({});
      return word();
    case '\\':
      if (peek(1) == '\n') {
        at_ += 2;
        return;
      }
      return word();
    default:
      return word();
  }
}

void LineParser::newline() {
  const bool continues = place_ == Place::needs_command;
  finish_command();
  ++at_;
  for (std::size_t i = 0; i < here_documents_.size(); ++i) {
    const auto body = find_here_body(text_, at_, here_documents_[i]);
    if (!body) return refuse(BarrierReason::unterminated);
    if (here_documents_[i].expands && body->text.find_first_of("$`\\") != std::string_view::npos) {
      note(BarrierReason::here_document_expands);
      if (may_assign(body->text)) levels_.front().effect = ShellEffect::may_change;
    }
    at_ = std::min(body->end + 1, text_.size());
  }
  here_documents_.clear();
  if (continues) return;
  end_pipeline();
  if (place_ != Place::start) level().next = Connector::sequence;
  place_ = Place::start;
}

void LineParser::comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

/// Reads `;`, `&`, `&&`, `||`, `|` or `|&`.
void LineParser::connect() {
  if (place_ == Place::start || place_ == Place::needs_command)
    return refuse(BarrierReason::syntax);
  const char op = text_[at_];
  const char second = peek(1);
  finish_command();
  only_words_ = false;
  Level& here = level();
  if (op == ';') {
    if (second == ';' || second == '&') return refuse(BarrierReason::syntax);
    at_ += 1;
    end_pipeline();
    here.next = Connector::sequence;
    place_ = Place::start;
    return;
  }
  place_ = Place::needs_command;
  if (op == '|' && second != '|') {
    if (second == '&') portable_ = false;
    at_ += second == '&' ? 2 : 1;
    here.in_pipe = true;
    here.pipeline_effect = ShellEffect::none;
    here.next = Connector::pipe;
  } else if (second == op) {
    at_ += 2;
    const Connector connector = op == '&' ? Connector::and_then : Connector::or_else;
    tolerates_failure_ = true;
    here.next = here.negated ? opposite(connector) : connector;
    if (entered_folder_ && parsed_->size() == 0) here.next = Connector::first;
    end_pipeline();
  } else {
    note(BarrierReason::background);
    at_ += 1;
    end_pipeline();
    here.next = Connector::sequence;
    place_ = Place::start;
  }
}

void LineParser::end_pipeline() {
  Level& here = level();
  if (!here.in_pipe) here.effect = std::max(here.effect, here.pipeline_effect);
  here.pipeline_effect = ShellEffect::none;
  here.in_pipe = here.negated = false;
}

void LineParser::open_group(bool subshell, std::size_t length) {
  look_at_folder();
  if (levels_.size() > kDeepestNesting) return refuse(BarrierReason::compound);
  only_words_ = false;
  ++groups_;
  Level group;
  group.subshell = subshell;
  group.first_command = parsed_->size();
  group.next = level().next;
  group.condition = is_conditional(group.next) ? group.next : level().condition;
  levels_.push_back(group);
  place_ = Place::start;
  at_ += length;
}

void LineParser::close_group(bool subshell, std::size_t length) {
  if (place_ == Place::needs_command) return refuse(BarrierReason::syntax);
  finish_command();
  end_pipeline();
  const Level group = level();
  const bool empty = group.first_command == parsed_->size();
  if (levels_.size() == 1 || group.subshell != subshell || empty)
    return refuse(BarrierReason::syntax);
  levels_.pop_back();
  if (entered_folder_ && levels_.size() == 1) return close_folder(length);
  if (!group.subshell) raise(group.effect);
  last_group_begin_ = group.first_command;
  place_ = Place::group;
  at_ += length;
}

/// In `(cd FOLDER && a; b)` the second runs even where the folder is missing:
/// then somewhere else.
void LineParser::look_at_folder() {
  const Connector next = level().next;
  const bool runs_anyway = next == Connector::sequence || next == Connector::or_else;
  if (entered_folder_ && levels_.size() == 2 && runs_anyway) note(BarrierReason::compound);
}

/// What stands behind the group would be somewhere else.
void LineParser::close_folder(std::size_t length) {
  at_ += length;
  skip_blanks();
  if (peek() == '#') comment();
  if (at_ < text_.size() && peek() != '\n') return refuse(BarrierReason::compound);
  place_ = Place::group;
}

void LineParser::refuse(BarrierReason reason) {
  refused_ = true;
  if (reason == BarrierReason::syntax || barrier_ == BarrierReason::none) barrier_ = reason;
}

void LineParser::note(BarrierReason reason) {
  if (barrier_ == BarrierReason::none) barrier_ = reason;
}

bool LineParser::is_and_list() const {
  const auto fits = [](const SimpleCommand& command) {
    return command.connector == Connector::first || command.connector == Connector::and_then ||
           command.connector == Connector::pipe;
  };
  return groups_ == (entered_folder_ ? 1 : 0) && !prefixed_ &&
         std::all_of(parsed_->begin(), parsed_->end(), fits);
}

LineVerdict LineParser::verdict(bool leaves_shell_alone) {
  LineVerdict verdict;
  if (followed_state_ && has_ordinary_) note(BarrierReason::changes_shell);
  if (barrier_ == BarrierReason::ends_shell && is_plain_exit()) {
    verdict.stops_reading = true;
    return verdict;
  }
  if (barrier_ != BarrierReason::none) {
    verdict.kind = CommandKind::opaque;
    verdict.barrier = barrier_;
    if (!leaves_shell_alone) {
      verdict.effect = refused_ ? ShellEffect::may_change : levels_.front().effect;
    }
    if (followed_state_) verdict.effect = ShellEffect::may_change;
    parsed_->clear();
    return verdict;
  }
  if (followed_state_) {
    verdict.kind = CommandKind::state;
    return verdict;
  }
  if (parsed_->size() == 0) return verdict;  // a lone backslash before a newline
  parsed_->set_and_list(is_and_list());
  verdict.portable = portable_;
  verdict.tolerates_failure = tolerates_failure_;
  const std::vector<Word>& words = (*parsed_)[0].words;
  verdict.needs_shell =
      !only_words_ || expanded_ || words.empty() || words[0].text.empty() ||
      is_shell_builtin(words[0].text) ||
      std::ranges::any_of(words, [](const Word& word) { return word.kind != Word::Kind::literal; });
  return verdict;
}

}  // namespace shoal
