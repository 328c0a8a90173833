#include "job/logical_line.h"

#include <algorithm>

#include "job/characters.h"

namespace shoal {
namespace {

constexpr std::string_view kDirective = "#shoal:";

}  // namespace

LogicalLine LogicalLineScanner::scan(std::string_view text, std::size_t begin) {
  reset(text, begin);
  push(Kind::top);
  run();
  LogicalLine line;
  line.trouble = trouble_;
  line.end = trouble_ == BarrierReason::none ? at_ : text.size();
  line.leaves_shell_alone =
      trouble_ == BarrierReason::none && (!works_in_shell_ || (pipes_ && !sequences_));
  return line;
}

std::optional<std::size_t> LogicalLineScanner::skip_expansion(std::string_view text,
                                                              std::size_t begin) {
  reset(text, begin);
  push(Kind::word_only);
  run();
  if (trouble_ != BarrierReason::none) return std::nullopt;
  return at_;
}

void LogicalLineScanner::reset(std::string_view text, std::size_t begin) {
  text_ = text;
  at_ = begin;
  stack_.clear();
  here_documents_.clear();
  directives_.clear();
  functions_.clear();
  trouble_ = BarrierReason::none;
  done_ = false;
  isolated_ = 0;
  works_in_shell_ = pipes_ = sequences_ = false;
  reinterpretations_ = 0;
}

void LogicalLineScanner::run() {
  while (!done_) {
    if (at_end()) {
      if (frame().kind < Kind::word_only && frame().in_word) finish_word();
      const bool complete =
          stack_.size() == 1 && may_end() && here_documents_.empty() && !frame().wants_target;
      if (!complete) fail(BarrierReason::unterminated);
      at_ = text_.size();
      return;
    }
    step();
  }
}
void LogicalLineScanner::step() {
  switch (frame().kind) {
    case Kind::word_only:
      if (!step_quoting()) return fail(BarrierReason::syntax);
      if (stack_.size() == 1) done_ = true;
      return;
    case Kind::double_quote:
      step_double_quote();
      break;
    case Kind::parameter:
    case Kind::bracket:
      step_parameter();
      break;
    case Kind::arithmetic:
    case Kind::arithmetic_command:
      step_arithmetic();
      break;
    case Kind::conditional:
      step_conditional();
      break;
    case Kind::array:
      step_array();
      break;
    default:
      step_commands();
      return;
  }
  if (frame().kind == Kind::word_only) done_ = true;
}
void LogicalLineScanner::fail(BarrierReason reason) {
  if (trouble_ == BarrierReason::none) trouble_ = reason;
  done_ = true;
}
void LogicalLineScanner::push(Kind kind, Expect expect) {
  Frame next;
  next.kind = kind;
  next.expect = expect;
  next.begin = at_;
  if (kind == Kind::subshell || kind == Kind::substitution) ++isolated_;
  stack_.push_back(next);
}
void LogicalLineScanner::pop() {
  const Kind kind = frame().kind;
  if (kind == Kind::subshell || kind == Kind::substitution) --isolated_;
  stack_.pop_back();
}

void LogicalLineScanner::pop_compound() {
  pop();
  Frame& outer = frame();
  outer.in_word = false;
  outer.needs_command = false;
  outer.expect = outer.kind == Kind::for_head ? Expect::for_do : Expect::after_compound;
}

/// Something that is not surely in a subshell of its own.
void LogicalLineScanner::note_work() {
  if (isolated_ == 0) works_in_shell_ = true;
}

/// Whether a backslash and a newline stand inside an operator, as in `&\` and
/// `&` on the next line. Bash joins them; nobody writes that.
bool LogicalLineScanner::is_operator_continued() const {
  const auto is_operator = [](char c) { return ends_word(c) && !is_blank(c) && c != '\n'; };
  if (!is_operator(peek()) || peek(1) != '\\' || peek(2) != '\n') return false;
  std::size_t next = at_ + 1;
  while (text_.substr(next, 2) == "\\\n") next += 2;
  return next < text_.size() && is_operator(text_[next]);
}

void LogicalLineScanner::step_commands() {
  if (frame().in_word) return continue_word();
  if (is_operator_continued()) return fail(BarrierReason::compound);
  switch (peek()) {
    case ' ':
    case '\t':
      ++at_;
      return;
    case '\n':
      return newline();
    case '#':
      return comment();
    case ';':
      return semicolon();
    case '&':
      return ampersand();
    case '|':
      return pipe();
    case '(':
      return open_parenthesis();
    case ')':
      return close_parenthesis();
    case '<':
    case '>':
      if (peek(1) != '(') return redirect();
      break;
    case '\\':
      if (peek(1) == '\n') {
        at_ += 2;
        return;
      }
      break;
    default:
      break;
  }
  frame().in_word = true;
  frame().word_is_bare = true;
  frame().word_begin = at_;
  continue_word();
}

/// Whether a newline here ends the logical line.
bool LogicalLineScanner::may_end() {
  switch (frame().expect) {
    case Expect::function_body:
    case Expect::function_name:
    case Expect::function_parentheses:
      return false;
    default:
      return frame().kind == Kind::top && !frame().needs_command;
  }
}

void LogicalLineScanner::newline() {
  Frame& list = frame();
  if (list.wants_target) return fail(BarrierReason::syntax);
  if (!here_documents_.empty()) {
    ++at_;
    if (!skip_here_bodies()) return;
  }
  if (may_end()) {
    done_ = true;
    return;
  }
  if (!at_end()) ++at_;
  switch (list.expect) {
    case Expect::for_name:
    case Expect::case_word:
      return fail(BarrierReason::syntax);
    case Expect::for_words:
      list.expect = Expect::for_do;
      return;
    case Expect::for_in:
    case Expect::for_do:
    case Expect::case_in:
    case Expect::pattern:
    case Expect::function_body:
    case Expect::function_name:
    case Expect::function_parentheses:
      return;
    default:
      if (list.kind == Kind::case_pattern) return;
      if (stack_.size() == 1 && !list.needs_command) sequences_ = true;
      list.expect = Expect::command;
  }
}

/// Skips the bodies that begin at the current line; afterwards the position is
/// the newline that ends the last one's delimiter, or the text's end.
bool LogicalLineScanner::skip_here_bodies() {
  for (std::size_t i = 0; i < here_documents_.size(); ++i) {
    const auto body = find_here_body(text_, at_, here_documents_[i]);
    if (!body) {
      fail(BarrierReason::unterminated);
      return false;
    }
    const bool last = i + 1 == here_documents_.size();
    at_ = last ? body->end : std::min(body->end + 1, text_.size());
  }
  here_documents_.clear();
  return true;
}

void LogicalLineScanner::comment() {
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  const std::string_view comment = text_.substr(at_, end - at_);
  if (comment.starts_with(kDirective)) directives_.push_back(comment.substr(kDirective.size()));
  at_ = end;
}

}  // namespace shoal
