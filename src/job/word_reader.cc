#include "job/word_reader.h"

#include <algorithm>

#include "job/arithmetic.h"
#include "job/characters.h"

namespace shoal {
namespace {

/// Characters that mean something in a pattern.
bool is_pattern_character(char c) {
  switch (c) {
    case '*':
    case '?':
    case '[':
    case ']':
    case '\\':
    case '-':
    case '!':
    case '^':
      return true;
    default:
      return false;
  }
}

/// An unquoted value that stays one word and itself, whatever the disk holds.
bool is_safe_unquoted(std::string_view value) {
  return value.find_first_of(" \t\n*?[]\\") == std::string_view::npos;
}

}  // namespace

ReadWord WordReader::read(std::string_view text, std::size_t at, WordPlace place) {
  const std::size_t end = skip_plain(text, at);
  if (end == text.size() ||
      (ends_word(text[end]) && text.substr(end, 2) != "<(" && text.substr(end, 2) != ">(")) {
    ReadWord plain;
    plain.word.text = text.substr(at, end - at);
    plain.end = end;
    return plain;
  }
  text_ = text;
  begin_ = at;
  at_ = end;
  place_ = place;
  result_ = {};
  quoted_ = glob_ = bracket_open_ = other_trouble_ = false;
  brace_checked_ = 0;
  literal_.assign(text.substr(at, end - at));
  pattern_.assign(literal_);
  read_slowly();
  finish();
  return result_;
}

void WordReader::read_slowly() {
  while (at_ < text_.size()) {
    const std::size_t end = skip_plain(text_, at_);
    append_unquoted(text_.substr(at_, end - at_));
    at_ = end;
    if (at_ >= text_.size()) return;
    const char c = text_[at_];
    const bool substitution = (c == '<' || c == '>') && peek(1) == '(';
    if (ends_word(c) && !substitution) return;
    read_special();
  }
}

void WordReader::read_special() {
  const char c = text_[at_];
  switch (c) {
    case '\\':
      return backslash();
    case '\'':
      return single_quoted();
    case '"':
      return double_quoted();
    case '`':
      return skip(BarrierReason::command_substitution);
    case '<':
    case '>':
      return skip(BarrierReason::process_substitution);
    case '$':
      return dollar(false);
    case '~':
      return tilde();
    case '*':
    case '?':
      glob_ = true;
      break;
    case '[':
      bracket_open_ = true;
      break;
    case ']':
      glob_ = glob_ || bracket_open_;
      break;
    case '{':
      result_.portable = false;
      if (brace_checked_ == 0) brace_checked_ = at_ + 1;
      break;
    case '}':
      closing_brace();
      break;
    case '\x01':
    case '\x7F':
      trouble(BarrierReason::unsupported_expansion);
      break;  // bash's own marks
    default:
      break;
  }
  append_unquoted(text_.substr(at_, 1));
  ++at_;
}

void WordReader::backslash() {
  if (at_ + 1 >= text_.size()) {
    trouble(BarrierReason::unterminated);
    ++at_;
    return;
  }
  if (text_[at_ + 1] != '\n') {
    quoted_ = true;
    append_quoted(text_.substr(at_ + 1, 1));
  }
  at_ += 2;
}

void WordReader::single_quoted() {
  quoted_ = true;
  const std::size_t close = text_.find('\'', at_ + 1);
  if (close == std::string_view::npos) return skip(BarrierReason::unterminated);
  append_quoted(text_.substr(at_ + 1, close - at_ - 1));
  at_ = close + 1;
}

void WordReader::double_quoted() {
  quoted_ = true;
  ++at_;
  while (at_ < text_.size() && text_[at_] != '"') {
    switch (text_[at_]) {
      case '\\': {
        const char next = peek(1);
        const bool escapes = next == '$' || next == '`' || next == '"' || next == '\\';
        if (escapes) {
          append_quoted(text_.substr(at_ + 1, 1));
          at_ += 2;
        } else if (next == '\n') {
          at_ += 2;
        } else {
          append_quoted("\\");
          ++at_;
        }
        break;
      }
      case '`':
        skip(BarrierReason::command_substitution);
        break;
      case '$':
        dollar(true);
        break;
      default: {
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' && text_[end] != '`' &&
               text_[end] != '$') {
          ++end;
        }
        append_quoted(text_.substr(at_, end - at_));
        at_ = end;
      }
    }
  }
  if (at_ >= text_.size()) return trouble(BarrierReason::unterminated);
  ++at_;
}

void WordReader::dollar(bool quoted) {
  const char next = peek(1);
  if (const std::size_t length = name_length(text_, at_ + 1); length > 0) {
    const std::string_view name = text_.substr(at_ + 1, length);
    at_ += 1 + length;
    // Bash joins lines before it looks where a name ends.
    if (text_.substr(at_, 2) == "\\\n") return trouble(BarrierReason::unsupported_expansion);
    return variable(name, quoted);
  }
  switch (next) {
    case '(':
      if (peek(2) == '(') return arithmetic(quoted);
      return skip(BarrierReason::command_substitution);
    case '{':
      return braced_parameter(quoted);
    case '[':
      raise(ShellEffect::may_change);
      return skip(BarrierReason::unsupported_expansion);
    case '\'':
    case '"':
      if (quoted) break;
      return skip(BarrierReason::unsupported_expansion);
    case '?':
    case '#':
    case '$':
    case '@':
    case '*':
    case '-':
      at_ += 2;
      return trouble(BarrierReason::unknown_variable);
    default:
      if (next == '!' || is_digit(next)) {
        if (shell_.exits_on_unset()) raise(ShellEffect::may_end);
        at_ += 2;
        return trouble(BarrierReason::unknown_variable);
      }
  }
  quoted_ = true;  // a lone dollar means itself
  result_.portable = false;
  append_quoted("$");
  ++at_;
}

void WordReader::arithmetic(bool quoted) {
  const std::size_t begin = at_;
  const auto end = scanner_.skip_expansion(text_, begin);
  const std::size_t inside = begin + 3;
  if (end && *end >= inside + 2 && text_.substr(*end - 2, 2) == "))") {
    const auto value = literal_arithmetic(text_.substr(inside, *end - 2 - inside));
    if (value && (quoted || shell_.splits_by_default())) {
      result_.expanded = true;
      append_quoted(std::to_string(*value));
      at_ = *end;
      return;
    }
  }
  raise(ShellEffect::may_change);
  skip(BarrierReason::unsupported_expansion);
}

void WordReader::braced_parameter(bool quoted) {
  const std::size_t begin = at_ + 2;
  const std::size_t length = name_length(text_, begin);
  if (length > 0 && begin + length < text_.size() && text_[begin + length] == '}') {
    at_ = begin + length + 1;
    return variable(text_.substr(begin, length), quoted);
  }
  const std::size_t from = at_;
  skip(BarrierReason::unsupported_expansion);
  const std::string_view skipped = text_.substr(from, at_ - from);
  // ${x:=1}, ${a[i++]}, ${x:i++:1}
  if (skipped.find_first_of("=[:(") != std::string_view::npos) {
    raise(ShellEffect::may_change);
  } else if (shell_.exits_on_unset() || skipped.find('?') != std::string_view::npos) {
    raise(ShellEffect::may_end);  // ${x?message} whatever the options
  }
}

void WordReader::variable(std::string_view name, bool quoted) {
  const auto value = shell_.value(name);
  if (!value) {
    const bool passed_on = shell_.may_be_passed_on(name);
    if (result_.trouble == BarrierReason::none) result_.trouble = BarrierReason::unknown_variable;
    if (!passed_on) other_trouble_ = true;
    if (shell_.exits_on_unset()) raise(ShellEffect::may_end);
    return;
  }
  result_.expanded = true;
  const bool splits = !quoted && place_ == WordPlace::argument;
  if (splits && (!is_safe_unquoted(*value) || value->empty() || !shell_.splits_by_default())) {
    return trouble(BarrierReason::unsupported_expansion);
  }
  append_quoted(*value);
}

void WordReader::tilde() {
  const char before = at_ > begin_ ? text_[at_ - 1] : '\0';
  const bool at_start = at_ == begin_;
  const bool behind_separator = before == ':' || (before == '=' && place_ == WordPlace::argument);
  const bool joined = before == '\n';  // then it may follow what stands a line above
  const bool may_expand =
      joined || at_start ||
      (behind_separator && (place_ == WordPlace::assignment || looks_like_assignment()));
  if (!may_expand) {
    append_unquoted("~");
    ++at_;
    return;
  }
  const char next = peek(1);
  const bool alone = at_ + 1 >= text_.size() || next == '/' ||
                     (ends_word(next) && next != '<' && next != '>') ||
                     (next == ':' && place_ == WordPlace::assignment);
  const bool understood = alone && !joined && (at_start || place_ == WordPlace::assignment);
  ++at_;
  if (!understood) return trouble(BarrierReason::unsupported_expansion);
  const auto home = shell_.value("HOME");
  if (!home || !home->starts_with('/') || home->size() == 1) {
    return trouble(BarrierReason::unknown_variable);
  }
  result_.expanded = true;
  append_quoted(*home);
}

/// NAME=... as an argument: bash expands `~` in it, other shells do not.
bool WordReader::looks_like_assignment() const {
  const std::size_t length = name_length(literal_, 0);
  return length > 0 && length < literal_.size() &&
         (literal_[length] == '=' || literal_[length] == '+' || literal_[length] == '[');
}

/// {a,b} and {1..3}; a little more than bash would expand, which is safe.
void WordReader::closing_brace() {
  result_.portable = false;
  if (brace_checked_ == 0) return;
  const std::string_view inside = text_.substr(brace_checked_, at_ - brace_checked_);
  if (inside.find_first_of(",\\") != std::string_view::npos ||
      inside.find("..") != std::string_view::npos) {
    trouble(BarrierReason::unsupported_expansion);
  }
  brace_checked_ = at_ + 1;
}

void WordReader::trouble(BarrierReason reason) {
  other_trouble_ = true;
  if (result_.trouble == BarrierReason::none) result_.trouble = reason;
}

void WordReader::raise(ShellEffect effect) { result_.effect = std::max(result_.effect, effect); }

void WordReader::skip(BarrierReason reason) {
  trouble(reason);
  const auto end = scanner_.skip_expansion(text_, at_);
  at_ = end ? std::max(*end, at_ + 1) : text_.size();
}

void WordReader::append_unquoted(std::string_view text) {
  literal_ += text;
  pattern_ += text;
}

void WordReader::append_quoted(std::string_view text) {
  quoted_ = true;
  literal_ += text;
  for (const char c : text) {
    if (is_pattern_character(c)) pattern_ += '\\';
    pattern_ += c;
  }
}

void WordReader::finish() {
  result_.end = at_;
  if (glob_ && place_ == WordPlace::argument) {
    if (!shell_.globs()) trouble(BarrierReason::unsupported_expansion);
    result_.word.kind = Word::Kind::glob;
    result_.portable = false;
    result_.word.text = arena_.store(pattern_);
  } else {
    result_.word.text = arena_.store(literal_);
  }
  result_.bare = !quoted_ && !result_.expanded && result_.trouble == BarrierReason::none;
  result_.passes_on = result_.trouble == BarrierReason::unknown_variable && !other_trouble_;
}

}  // namespace shoal
