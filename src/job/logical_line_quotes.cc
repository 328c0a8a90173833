// The scanner's view of quotes, expansions, [[ ]], (( )) and arrays.
#include <algorithm>

#include "job/characters.h"
#include "job/logical_line.h"

namespace shoal {
namespace {

/// Bash reads `((` as arithmetic first and as two parentheses when that fails.
/// Each failure reads a stretch twice; a text that needs it often is beyond use.
constexpr unsigned kMostReinterpretations = 100;

}  // namespace

/// Consumes a quoted character or string, or enters an expansion. False when
/// none begins here.
bool LogicalLineScanner::step_quoting() {
  switch (peek()) {
    case '\\':
      if (at_ + 1 >= text_.size()) {
        fail(BarrierReason::unterminated);
      } else {
        at_ += 2;
      }
      return true;
    case '\'':
      skip_single_quoted();
      return true;
    case '"':
      push(Kind::double_quote);
      ++at_;
      return true;
    case '`':
      skip_backticks();
      return true;
    case '$':
      dollar();
      return true;
    case '<':
    case '>':
      if (peek(1) != '(') return false;
      push(Kind::substitution);
      at_ += 2;
      return true;
    default:
      return false;
  }
}

void LogicalLineScanner::dollar() {
  const bool quoted = frame().kind == Kind::double_quote;
  switch (peek(1)) {
    case '(':
      if (peek(2) == '(') {
        push(Kind::arithmetic);
        at_ += 3;
      } else {
        push(Kind::substitution);
        at_ += 2;
      }
      return;
    case '{':
      push(Kind::parameter);
      at_ += 2;
      return;
    case '[':
      push(Kind::bracket);
      at_ += 2;
      return;
    case '\'':
      if (quoted) break;
      return skip_dollar_quoted();
    case '"':
      if (quoted) break;
      push(Kind::double_quote);
      at_ += 2;
      return;
    case '\\':
      // Bash joins the lines before it looks what the dollar begins.
      if (peek(2) == '\n') return fail(BarrierReason::unsupported_expansion);
      break;
    default:
      break;
  }
  ++at_;
}

void LogicalLineScanner::skip_single_quoted() {
  const std::size_t close = text_.find('\'', at_ + 1);
  if (close == std::string_view::npos) return fail(BarrierReason::unterminated);
  at_ = close + 1;
}

void LogicalLineScanner::skip_dollar_quoted() {
  at_ += 2;
  while (!at_end() && peek() != '\'') at_ += peek() == '\\' ? 2U : 1U;
  if (at_end()) return fail(BarrierReason::unterminated);
  ++at_;
}

void LogicalLineScanner::skip_backticks() {
  ++at_;
  while (!at_end() && peek() != '`') at_ += peek() == '\\' ? 2U : 1U;
  if (at_end()) return fail(BarrierReason::unterminated);
  ++at_;
}

void LogicalLineScanner::step_double_quote() {
  switch (peek()) {
    case '"':
      ++at_;
      return pop();
    case '\\':
      at_ = std::min(at_ + 2, text_.size());
      return;
    case '`':
      return skip_backticks();
    case '$':
      return dollar();
    default:
      do {
        ++at_;
      } while (!at_end() && peek() != '"' && peek() != '\\' && peek() != '`' && peek() != '$');
  }
}

/// Inside `${...}` or `$[...]`.
void LogicalLineScanner::step_parameter() {
  const bool bracket = frame().kind == Kind::bracket;
  const char c = peek();
  if (c == (bracket ? ']' : '}') && frame().depth == 0) {
    ++at_;
    return pop();
  }
  if (c == '<' || c == '>') {
    ++at_;
    return;
  }
  if (step_quoting()) return;
  if (bracket && c == '[') ++frame().depth;
  if (bracket && c == ']') --frame().depth;
  ++at_;
}

/// Inside `$((...))` or `((...))`.
void LogicalLineScanner::step_arithmetic() {
  const char c = peek();
  if (c == '<' || c == '>') {
    ++at_;
    return;
  }
  if (step_quoting()) return;
  if (c == ')' && frame().depth == 0) {
    if (peek(1) != ')') return reinterpret_as_parentheses();
    at_ += 2;
    return frame().kind == Kind::arithmetic ? pop() : pop_compound();
  }
  if (c == '(') ++frame().depth;
  if (c == ')') --frame().depth;
  ++at_;
}

void LogicalLineScanner::reinterpret_as_parentheses() {
  const bool expansion = frame().kind == Kind::arithmetic;
  at_ = frame().begin;
  pop();
  const bool in_head = !expansion && frame().kind == Kind::for_head;
  if (in_head || ++reinterpretations_ > kMostReinterpretations) return fail(BarrierReason::syntax);
  push(expansion ? Kind::substitution : Kind::subshell);
  at_ += expansion ? 2U : 1U;
}

void LogicalLineScanner::step_conditional() {
  const char c = peek();
  if (!frame().in_word) {
    if (c == '#') return comment();
    const bool closes =
        c == ']' && peek(1) == ']' && (at_ + 2 >= text_.size() || ends_word(peek(2)));
    if (closes) {
      at_ += 2;
      return pop_compound();
    }
  }
  if (c == '\n' && !here_documents_.empty()) return fail(BarrierReason::compound);
  frame().in_word = !ends_word(c);
  if (!step_quoting()) ++at_;
}

/// Inside `name=(...)`.
void LogicalLineScanner::step_array() {
  const char c = peek();
  if (c == ')') {
    ++at_;
    return pop();
  }
  if (c == '(') return fail(BarrierReason::syntax);
  if (c == '#' && !frame().in_word) return comment();
  if (c == '\n' && !here_documents_.empty()) return fail(BarrierReason::compound);
  frame().in_word = !ends_word(c);
  if (!step_quoting()) ++at_;
}

}  // namespace shoal
