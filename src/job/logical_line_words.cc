// The scanner's view of words: where they end, which of them are reserved, and
// the quotes and expansions in them.
#include <algorithm>
#include <string>

#include "job/characters.h"
#include "job/logical_line.h"

namespace shoal {
namespace {

std::string without_continuations(std::string_view word) {
  std::string joined;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && i + 1 < word.size() && word[i + 1] == '\n') {
      ++i;
    } else {
      joined += word[i];
    }
  }
  return joined;
}

}  // namespace

void LogicalLineScanner::continue_word() {
  const std::size_t level = stack_.size();
  for (;;) {
    at_ = skip_plain(text_, at_);
    if (at_end()) return;
    const char c = peek();
    if (c == '\\' && peek(1) == '\n') {
      at_ += 2;
    } else if (step_quoting()) {
      stack_[level - 1].word_is_bare = false;
      if (done_ || stack_.size() > level) return;
    } else if (ends_word(c)) {
      break;
    } else if (c == '[' && may_be_element()) {
      frame().word_is_bare = false;
      push(Kind::bracket);
      ++at_;
      return;
    } else {
      ++at_;
    }
  }
  if (peek() == '(' && text_[at_ - 1] == '=') {
    frame().word_is_bare = false;
    push(Kind::array);
    ++at_;
    return;
  }
  finish_word();
}

/// Whether the `[` here begins the index of an array's element: bash then
/// reads on to the `]`, over blanks and newlines.
bool LogicalLineScanner::may_be_element() {
  const Frame& list = frame();
  const bool assignable = list.expect == Expect::command || list.may_assign;
  return assignable && !list.wants_target && at_ > list.word_begin &&
         name_length(text_, list.word_begin) == at_ - list.word_begin;
}

void LogicalLineScanner::finish_word() {
  Frame& list = frame();
  list.in_word = false;
  list.word_end = at_;
  const std::string_view word = text_.substr(list.word_begin, at_ - list.word_begin);
  if (list.wants_target) {
    list.wants_target = false;
    if (!list.word_is_bare) note_work();
    return;
  }
  if ((peek() == '<' || peek() == '>') && is_all_digits(word)) return;
  switch (list.expect) {
    case Expect::argument:
      return;
    case Expect::name_parentheses:
      list.expect = Expect::argument;
      return;
    default:
      break;
  }
  const bool continued = list.word_is_bare && word.find('\\') != std::string_view::npos;
  const std::string joined = continued ? without_continuations(word) : std::string();
  finish_first_word(continued ? joined : word, list.word_is_bare);
}

void LogicalLineScanner::finish_first_word(std::string_view word, bool bare) {
  Frame& list = frame();
  switch (list.expect) {
    case Expect::command:
    case Expect::function_body:
    case Expect::after_compound:
      break;
    default:
      return finish_head_word(bare ? word : std::string_view());
  }
  const ProgramKind kind = bare ? program_kind(word) : ProgramKind::external;
  if (is_reserved(kind)) return finish_reserved(kind, word);
  if (list.expect != Expect::command) return fail(BarrierReason::syntax);
  if (list.after_time && (word == "-p" || word == "--")) return;
  note_work();
  list.after_time = false;
  list.needs_command = false;
  list.may_assign = word.find('=') != std::string_view::npos ||
                    program_kind(word) == ProgramKind::state ||
                    program_kind(word) == ProgramKind::changes_shell;
  list.expect = Expect::name_parentheses;
}

/// A word in the head of for, select, case or function. `word` is empty when
/// it is quoted.
void LogicalLineScanner::finish_head_word(std::string_view word) {
  Frame& list = frame();
  const auto begin_body = [&] {
    if (word == "do") {
      list.kind = Kind::loop_body;
    } else if (word == "{") {
      list.kind = Kind::brace_group;
    } else {
      return fail(BarrierReason::syntax);
    }
    list.expect = Expect::command;
  };
  switch (list.expect) {
    case Expect::for_name:
      list.expect = Expect::for_in;
      return;
    case Expect::for_in:
      if (word != "in") return begin_body();
      list.expect = Expect::for_words;
      return;
    case Expect::for_words:
      return;
    case Expect::for_do:
      return begin_body();
    case Expect::case_word:
      list.expect = Expect::case_in;
      return;
    case Expect::case_in:
      if (word != "in") return fail(BarrierReason::syntax);
      list.kind = Kind::case_pattern;
      list.expect = Expect::pattern;
      return;
    case Expect::pattern:
      if (word == "esac") return pop_compound();
      list.expect = Expect::argument;
      return;
    case Expect::function_name:
      functions_.push_back(text_.substr(list.word_begin, list.word_end - list.word_begin));
      list.expect = Expect::function_parentheses;
      return;
    case Expect::function_parentheses:
      list.expect = Expect::function_body;
      return finish_first_word(word, true);
    default:
      return;
  }
}

void LogicalLineScanner::finish_reserved(ProgramKind kind, std::string_view word) {
  Frame& list = frame();
  const bool begins_command =
      kind != ProgramKind::group_end && kind != ProgramKind::inside_compound;
  if (list.expect == Expect::after_compound ? begins_command
                                            : list.needs_command && !begins_command) {
    return fail(BarrierReason::syntax);
  }
  list.after_time = word == "time";
  switch (kind) {
    case ProgramKind::prefix:
      if (list.expect == Expect::function_body) fail(BarrierReason::syntax);
      return;
    case ProgramKind::group_begin:
      return push(Kind::brace_group);
    case ProgramKind::group_end:
      if (list.kind != Kind::brace_group) return fail(BarrierReason::syntax);
      return pop_compound();
    case ProgramKind::function:
      note_work();
      list.expect = Expect::function_name;
      return;
    case ProgramKind::opens_compound:
      note_work();
      return open_compound(word);
    default:
      return continue_compound(word);
  }
}

void LogicalLineScanner::open_compound(std::string_view word) {
  if (word == "if") return push(Kind::if_condition);
  if (word == "while" || word == "until") return push(Kind::loop_condition);
  if (word == "for" || word == "select") return push(Kind::for_head, Expect::for_name);
  if (word == "case") return push(Kind::case_head, Expect::case_word);
  if (word == "[[") return push(Kind::conditional);
  fail(BarrierReason::compound);  // coproc: what follows may be a name or a command
}

void LogicalLineScanner::continue_compound(std::string_view word) {
  Frame& list = frame();
  const auto turn = [&](Kind from, Kind to) {
    if (list.kind != from) return false;
    list.kind = to;
    list.expect = Expect::command;
    return true;
  };
  const bool turned = word == "then"   ? turn(Kind::if_condition, Kind::if_body)
                      : word == "elif" ? turn(Kind::if_body, Kind::if_condition)
                      : word == "else" ? turn(Kind::if_body, Kind::else_body)
                      : word == "do"   ? turn(Kind::loop_condition, Kind::loop_body)
                                       : false;
  if (turned) return;
  const bool closes =
      (word == "fi" && (list.kind == Kind::if_body || list.kind == Kind::else_body)) ||
      (word == "done" && list.kind == Kind::loop_body) ||
      (word == "esac" && list.kind == Kind::case_body);
  if (!closes) return fail(BarrierReason::syntax);
  pop_compound();
}

}  // namespace shoal
