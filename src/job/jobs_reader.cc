#include "job/jobs_reader.h"

#include <algorithm>

#include "job/builtins.h"
#include "job/characters.h"
#include "job/known_shell.h"
#include "job/line_parser.h"
#include "job/logical_line.h"

namespace shoal {
namespace {

constexpr std::string_view kDirective = "#shoal:";

std::uint32_t count_lines(std::string_view text) {
  return static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
}

bool mentions_status(std::string_view text) {
  return text.find("$?") != std::string_view::npos || text.find("${?") != std::string_view::npos;
}

/// Whether the text may set a trap on EXIT: `trap 'rm x' EXIT`, `trap f 0`,
/// `trap f $SIGNALS`. Taking one for another costs a command at the end.
bool may_trap_exit(std::string_view text) {
  if (text.find("trap") == std::string_view::npos) return false;
  return text.find("EXIT") != std::string_view::npos ||
         text.find("exit") != std::string_view::npos ||
         text.find_first_of("0$") != std::string_view::npos;
}

/// Follows the options in "/bin/bash -eu" or "/usr/bin/env -S bash -e".
void follow_interpreter(std::string_view interpreter, KnownShell& shell) {
  std::vector<StateWord> words = {{"set"}};
  while (!interpreter.empty()) {
    const std::size_t end = std::min(interpreter.find_first_of(" \t"), interpreter.size());
    const std::string_view word = interpreter.substr(0, end);
    interpreter.remove_prefix(std::min(end + 1, interpreter.size()));
    const bool option = word.size() > 1 && word.starts_with('-') && word != "-S" && word != "--";
    if (option || words.size() > 1) words.push_back({word});
  }
  if (words.size() > 1) shell.apply(words);
}

}  // namespace

class JobsReader::Impl {
 public:
  Impl(const JobsText& text, ReaderOptions options)
      : name_(text.name()),
        text_(text.text()),
        shell_(std::move(options.environment)),
        parser_(shell_) {
    follow_interpreter(text.interpreter(), shell_);
    state_.set_error_exit_from(0, shell_.error_exit());
  }

  bool next(Command& command, ParsedLine& parsed) {
    parsed.clear();
    remember_folder();
    if (error_ || ended_ || stopped_at_line_) return false;
    command = Command{};
    if (!find_command()) return end_file(command);
    command.line = line_;
    command.state = state_.size();
    if (!read_plain(command, parsed) && !read_slowly(command, parsed)) return false;
    ++count_;
    attach_directives(command);
    return true;
  }

  std::optional<std::string_view> current_folder() const {
    if (!folder_known_) return std::nullopt;
    return folder_;
  }

  std::string_view name_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t count_ = 0;  // commands read
  KnownShell shell_;
  LineParser parser_;
  LogicalLineScanner scanner_;
  ShellState state_;
  std::vector<Directives> directives_;
  std::optional<Directives> pending_;  // for the next command
  std::optional<Error> error_;
  std::optional<std::uint32_t> stopped_at_line_;
  bool ended_ = false;
  bool may_trap_exit_ = false;

 private:
  bool end_file(Command& command);
  static void make_end(Command& command);
  bool find_command();
  bool read_plain(Command& command, ParsedLine& parsed);
  bool read_slowly(Command& command, ParsedLine& parsed);
  void follow(const Command& command);
  void mind_error_exit(Command& command, bool tolerates_failure) const;
  bool add_directives(std::string_view text, std::uint32_t line);
  void attach_directives(Command& command);

  void remember_folder() {
    if (!folder_changed_) return;
    const auto folder = shell_.folder();
    folder_known_ = folder.has_value();
    if (folder) folder_.assign(*folder);
    folder_changed_ = false;
  }

  std::string folder_;  // in which the command read last begins
  bool folder_known_ = true;
  bool folder_changed_ = false;  // by the command read last
};

/// Goes to the next line's first word, over blank lines and comments.
bool JobsReader::Impl::find_command() {
  while (at_ < text_.size()) {
    switch (text_[at_]) {
      case ' ':
      case '\t':
        ++at_;
        break;
      case '\n':
        ++at_;
        ++line_;
        break;
      case '#': {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        const std::string_view comment = text_.substr(at_, end - at_);
        const bool directive = comment.starts_with(kDirective);
        if (directive && !add_directives(comment.substr(kDirective.size()), line_)) return false;
        at_ = end;
        break;
      }
      default:
        return true;
    }
  }
  return false;
}

/// Where the text is over: false, or the command that is the end of the file.
bool JobsReader::Impl::end_file(Command& command) {
  ended_ = true;
  if (error_ || !may_trap_exit_) return false;
  command.text = "exit";
  command.line = text_.ends_with('\n') ? line_ - 1 : line_;
  command.state = state_.size();
  make_end(command);
  return true;
}

void JobsReader::Impl::make_end(Command& command) {
  command.kind = CommandKind::opaque;
  command.barrier = BarrierReason::exit_trap;
  command.asks_status = true;
}

/// Most lines: a program on the disk and words that mean themselves. False,
/// with nothing changed, for all others.
bool JobsReader::Impl::read_plain(Command& command, ParsedLine& parsed) {
  SimpleCommand& simple = parsed.append();
  std::size_t at = at_;
  while (at < text_.size() && text_[at] != '\n') {
    if (is_blank(text_[at])) {
      ++at;
      continue;
    }
    const std::size_t end = skip_plain(text_, at);
    const bool plain =
        end > at && (end == text_.size() || is_blank(text_[end]) || text_[end] == '\n');
    if (!plain) return false;
    simple.words.push_back({text_.substr(at, end - at), Word::Kind::literal});
    at = end;
  }
  const std::string_view program = simple.words.front().text;
  if (program.starts_with('%') || program.find('=') != std::string_view::npos ||
      program_kind(program) != ProgramKind::external || shell_.redefines_programs()) {
    return false;
  }
  command.text = text_.substr(at_, at - at_);
  command.needs_shell = command.state != 0;
  command.portable = command.state == 0;
  mind_error_exit(command, false);
  at_ = at;
  return true;
}

bool JobsReader::Impl::read_slowly(Command& command, ParsedLine& parsed) {
  const LogicalLine line = scanner_.scan(text_, at_);
  command.text = text_.substr(at_, line.end - at_);
  std::size_t counted = at_;
  std::uint32_t line_of_directive = line_;
  for (const std::string_view text : scanner_.directives()) {
    const auto begin = static_cast<std::size_t>(text.data() - text_.data());
    line_of_directive += count_lines(text_.substr(counted, begin - counted));
    counted = begin;
    if (!add_directives(text, line_of_directive)) return false;
  }
  bool tolerates_failure = false;
  if (line.trouble == BarrierReason::none) {
    const LineVerdict verdict = parser_.parse(command.text, line.leaves_shell_alone, parsed);
    if (verdict.stops_reading) {
      stopped_at_line_ = line_;
      parsed.clear();
      if (may_trap_exit_) make_end(command);
      return may_trap_exit_;
    }
    command.kind = verdict.kind;
    command.barrier = verdict.barrier;
    command.effect = verdict.effect;
    tolerates_failure = verdict.tolerates_failure;
    command.needs_shell = verdict.needs_shell || command.state != 0;
    command.portable = verdict.portable && command.state == 0;
  } else {
    parsed.clear();
    if (command.text.ends_with('\n')) command.text.remove_suffix(1);
    command.kind = CommandKind::opaque;
    command.barrier = line.trouble;
    command.effect = ShellEffect::may_change;
  }
  line_ += count_lines(text_.substr(at_, line.end - at_));
  at_ = line.end;
  const bool opaque = command.kind == CommandKind::opaque;
  command.asks_status = opaque && mentions_status(command.text);
  mind_error_exit(command, tolerates_failure || opaque);
  follow(command);
  return true;
}

/// Under `set -e` a line may end its shell. Most show by their exit status
/// whether they did; but a shell that ends runs the trap on EXIT.
void JobsReader::Impl::mind_error_exit(Command& command, bool tolerates_failure) const {
  const ErrorExit error_exit = state_.error_exit(command.state);
  if (error_exit == ErrorExit::off || command.effect != ShellEffect::none) return;
  if (error_exit == ErrorExit::on && !tolerates_failure && !may_trap_exit_) return;
  command.effect = ShellEffect::may_end;
  command.needs_shell = true;
  command.portable = false;
}

/// Notes what the command leaves behind for those after it.
void JobsReader::Impl::follow(const Command& command) {
  ShellState::Entry entry{CommandId{count_ + 1}, command.text};
  if (command.kind == CommandKind::state) {
    state_.add(entry);
  } else if (command.effect == ShellEffect::may_change) {
    entry.from_snapshot = entry.supersedes_all = true;
    may_trap_exit_ = may_trap_exit_ || may_trap_exit(command.text);
    state_.add(entry);
    shell_.forget(command.text);
    for (const std::string_view function : scanner_.functions()) shell_.define_function(function);
  } else {
    return;
  }
  folder_changed_ = true;
  state_.set_error_exit_from(state_.size(), shell_.error_exit());
}

bool JobsReader::Impl::add_directives(std::string_view text, std::uint32_t line) {
  if (!pending_) pending_.emplace();
  const std::string place = std::string(name_) + ":" + std::to_string(line);
  const std::size_t known = pending_->after.size();
  auto read = read_directives(text, place, *pending_);
  if (pending_->after.size() > known) pending_->after_line = line;
  if (!read) error_ = std::move(read.error());
  return !error_;
}

void JobsReader::Impl::attach_directives(Command& command) {
  if (!pending_) return;
  if (pending_->barrier && command.barrier == BarrierReason::none) {
    command.barrier = BarrierReason::directive;
  }
  directives_.push_back(std::move(*pending_));
  pending_.reset();
  command.directives = static_cast<std::uint32_t>(directives_.size());
}

JobsReader::JobsReader(const JobsText& text, ReaderOptions options)
    : impl_(std::make_unique<Impl>(text, std::move(options))) {}
JobsReader::~JobsReader() = default;

bool JobsReader::next(Command& command, ParsedLine& parsed) { return impl_->next(command, parsed); }
const std::optional<Error>& JobsReader::error() const { return impl_->error_; }
std::optional<std::uint32_t> JobsReader::stopped_at_line() const { return impl_->stopped_at_line_; }
const ShellState& JobsReader::state() const { return impl_->state_; }
std::optional<std::string_view> JobsReader::current_folder() const {
  return impl_->current_folder();
}
const std::vector<Directives>& JobsReader::directives() const { return impl_->directives_; }
ShellState JobsReader::take_state() { return std::move(impl_->state_); }
std::vector<Directives> JobsReader::take_directives() { return std::move(impl_->directives_); }

}  // namespace shoal
