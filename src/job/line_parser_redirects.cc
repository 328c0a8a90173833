// Redirections.
#include <algorithm>

#include "job/characters.h"
#include "job/line_parser.h"

namespace shoal {
namespace {

/// A line that needs more is none that a person wrote.
constexpr std::size_t kMostCopiedRedirects = 1'000'000;

}  // namespace

void LineParser::skip_blanks() {
  for (;;) {
    if (is_blank(peek())) {
      ++at_;
    } else if (peek() == '\\' && peek(1) == '\n') {
      at_ += 2;
    } else {
      return;
    }
  }
}

bool LineParser::take(std::string_view op) {
  if (text_.substr(at_, op.size()) != op) return false;
  at_ += op.size();
  return true;
}

/// The position is at the operator; `descriptor` are the digits before it.
void LineParser::redirect(std::string_view descriptor) {
  if (place_ != Place::group) begin_command();
  only_words_ = false;
  if (place_ == Place::command) redirected_ = true;
  if (descriptor.size() > 1) portable_ = false;
  using enum Redirect::Direction;
  if (take("<<<")) return here_string();
  if (text_.substr(at_, 2) == "<<") return here_document();
  if (take("&>>")) return file_redirect(append, false);
  if (take("&>")) return file_redirect(write, false);
  if (take(">&") || take("<&")) return duplicate(descriptor);
  if (take("<>")) return file_redirect(read_write, true);
  if (take(">>")) return file_redirect(append, true);
  if (take(">|") || take(">")) return file_redirect(write, true);
  take("<");
  file_redirect(read, true);
}

/// n>&m: no file is touched. `>&word` means `&>word` to bash, and n>&- closes;
/// neither is worth more than a barrier.
void LineParser::duplicate(std::string_view descriptor) {
  skip_blanks();
  if (at_ >= text_.size() || ends_word(peek())) return refuse(BarrierReason::syntax);
  const ReadWord target = words_.read(text_, at_, WordPlace::argument);
  at_ = target.end;
  if (!target.bare || !is_all_digits(target.word.text)) {
    return note(BarrierReason::unsupported_expansion);
  }
  const auto is_standard = [](std::string_view number) {
    return number.empty() || number == "1" || number == "2";
  };
  portable_ = portable_ && is_standard(descriptor) && is_standard(target.word.text);
}

void LineParser::here_string() {
  portable_ = false;
  skip_blanks();
  if (at_ >= text_.size() || ends_word(peek())) return refuse(BarrierReason::syntax);
  const ReadWord text = words_.read(text_, at_, WordPlace::assignment);
  at_ = text.end;
  if (text.trouble != BarrierReason::none) note(text.trouble);
  raise(text.effect);
}

void LineParser::here_document() {
  const bool strips_tabs = text_.substr(at_, 3) == "<<-";
  auto delimiter = read_here_delimiter(text_, at_ + (strips_tabs ? 3 : 2), strips_tabs);
  if (!delimiter) return refuse(BarrierReason::here_document_expands);
  at_ = delimiter->end;
  here_documents_.push_back(std::move(delimiter->document));
}

void LineParser::file_redirect(Redirect::Direction direction, bool portable) {
  skip_blanks();
  const bool substitution = (peek() == '<' || peek() == '>') && peek(1) == '(';
  if (at_ >= text_.size() || (ends_word(peek()) && !substitution)) {
    return refuse(BarrierReason::syntax);
  }
  const ReadWord target = words_.read(text_, at_, WordPlace::argument);
  at_ = target.end;
  raise(target.effect);
  // A file that cannot be opened ends a command with 1 in bash and 2 in dash.
  portable_ = portable_ && portable && target.word.text == "/dev/null";
  if (target.trouble != BarrierReason::none) return note(target.trouble);
  const bool network =
      target.word.text.starts_with("/dev/tcp/") || target.word.text.starts_with("/dev/udp/");
  if (network || target.word.kind == Word::Kind::glob) {
    return note(BarrierReason::unsupported_expansion);
  }
  add_redirect({direction, target.word});
}

void LineParser::add_redirect(Redirect redirect) {
  if (place_ == Place::command) {
    parsed_->back().redirects.push_back(redirect);
    return;
  }
  copied_redirects_ += parsed_->size() - last_group_begin_;
  if (copied_redirects_ > kMostCopiedRedirects) return refuse(BarrierReason::compound);
  for (std::size_t i = last_group_begin_; i < parsed_->size(); ++i) {
    (*parsed_)[i].redirects.push_back(redirect);
  }
}

}  // namespace shoal
