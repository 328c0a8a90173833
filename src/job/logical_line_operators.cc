// The scanner's view of operators: what parts commands, groups, redirections.
#include <utility>

#include "job/characters.h"
#include "job/logical_line.h"

namespace shoal {

/// `;`, `&`, `&&`, `||` or `|` was read: another command begins.
void LogicalLineScanner::connect(bool needs_command) {
  Frame& list = frame();
  if (list.wants_target) return fail(BarrierReason::syntax);
  if (list.kind == Kind::for_head || list.kind == Kind::case_head ||
      list.kind == Kind::case_pattern) {
    return fail(BarrierReason::syntax);
  }
  list.expect = Expect::command;
  list.needs_command = needs_command;
}

void LogicalLineScanner::semicolon() {
  Frame& list = frame();
  if (peek(1) == ';' || peek(1) == '&') {
    if (list.kind != Kind::case_body || list.wants_target) {
      return fail(BarrierReason::syntax);
    }
    at_ += peek(1) == ';' && peek(2) == '&' ? 3U : 2U;
    list.kind = Kind::case_pattern;
    list.expect = Expect::pattern;
    return;
  }
  ++at_;
  if (list.kind == Kind::for_head && !list.wants_target &&
      (list.expect == Expect::for_words || list.expect == Expect::for_in ||
       list.expect == Expect::for_do)) {
    list.expect = Expect::for_do;
    return;
  }
  if (stack_.size() == 1) sequences_ = true;
  connect(false);
}

void LogicalLineScanner::ampersand() {
  if (peek(1) == '>') {
    at_ += peek(2) == '>' ? 3U : 2U;
    if (frame().wants_target) return fail(BarrierReason::syntax);
    frame().wants_target = true;
    return;
  }
  const bool conditional = peek(1) == '&';
  at_ += conditional ? 2 : 1;
  if (stack_.size() == 1) sequences_ = true;
  connect(conditional);
}

void LogicalLineScanner::pipe() {
  if (frame().kind == Kind::case_pattern) {
    ++at_;
    return;
  }
  const bool is_or = peek(1) == '|';
  at_ += is_or || peek(1) == '&' ? 2U : 1U;
  if (stack_.size() == 1) (is_or ? sequences_ : pipes_) = true;
  connect(true);
}

void LogicalLineScanner::open_parenthesis() {
  Frame& list = frame();
  if (list.wants_target) return fail(BarrierReason::syntax);
  const bool doubled = peek(1) == '(';
  switch (list.expect) {
    case Expect::command:
    case Expect::function_body:
      if (list.kind == Kind::case_pattern) break;
      if (doubled) {
        note_work();
        push(Kind::arithmetic_command);
        at_ += 2;
      } else {
        push(Kind::subshell);
        ++at_;
      }
      return;
    case Expect::for_name:
      if (!doubled) break;
      push(Kind::arithmetic_command);
      at_ += 2;
      return;
    case Expect::name_parentheses:
    case Expect::function_parentheses:
      ++at_;
      while (is_blank(peek())) ++at_;
      if (peek() != ')' && list.expect == Expect::function_parentheses) {
        push(Kind::subshell);  // the function's body
        return;
      }
      if (peek() != ')') break;
      ++at_;
      if (list.expect == Expect::name_parentheses) {
        functions_.push_back(text_.substr(list.word_begin, list.word_end - list.word_begin));
      }
      list.expect = Expect::function_body;
      return;
    case Expect::pattern:
      ++at_;
      list.expect = Expect::argument;
      return;
    default:
      break;
  }
  fail(BarrierReason::syntax);
}

void LogicalLineScanner::close_parenthesis() {
  Frame& list = frame();
  if (list.wants_target || list.needs_command) return fail(BarrierReason::syntax);
  ++at_;
  switch (list.kind) {
    case Kind::subshell:
      return pop_compound();
    case Kind::substitution:
      // A here-document whose body would have to follow outside.
      if (!here_documents_.empty()) return fail(BarrierReason::command_substitution);
      pop();
      if (frame().kind == Kind::word_only) done_ = true;
      return;
    case Kind::case_pattern:
      list.kind = Kind::case_body;
      list.expect = Expect::command;
      return;
    default:
      fail(BarrierReason::syntax);
  }
}

void LogicalLineScanner::redirect() {
  Frame& list = frame();
  if (list.wants_target || list.kind == Kind::for_head || list.kind == Kind::case_head ||
      list.kind == Kind::case_pattern) {
    return fail(BarrierReason::syntax);
  }
  if (text_.substr(at_, 3) == "<<<") {
    at_ += 3;
    list.wants_target = true;
  } else if (text_.substr(at_, 2) == "<<") {
    const bool strips_tabs = peek(2) == '-';
    at_ += strips_tabs ? 3 : 2;
    auto delimiter = read_here_delimiter(text_, at_, strips_tabs);
    if (!delimiter) return fail(BarrierReason::here_document_expands);
    at_ = delimiter->end;
    here_documents_.push_back(std::move(delimiter->document));
  } else {
    const char second = peek(1);
    const bool two = second == '>' || second == '&' || (second == '|' && peek() == '>');
    at_ += two ? 2 : 1;
    list.wants_target = true;
  }
  // Behind a redirection no word is reserved.
  if (list.expect == Expect::command) list.may_assign = true;
  if (list.expect == Expect::command || list.expect == Expect::name_parentheses) {
    list.expect = Expect::argument;
  }
  list.needs_command = false;
}

}  // namespace shoal
