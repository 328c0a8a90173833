#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "job/builtins.h"
#include "job/command.h"
#include "job/here_document.h"
#include "job/known_shell.h"
#include "job/logical_line.h"
#include "job/parsed_line.h"
#include "job/text_arena.h"
#include "job/word_reader.h"

namespace shoal {

/// What the parser found out about one logical line. The flags hold for a
/// shell without state; see Command for their meaning.
struct LineVerdict {
  CommandKind kind = CommandKind::ordinary;
  BarrierReason barrier = BarrierReason::none;
  ShellEffect effect = ShellEffect::none;
  bool needs_shell = true;
  bool portable = false;
  bool tolerates_failure = false;  // by &&, || or !: a failure may be no error to `set -e`
  bool stops_reading = false;      // a plain `exit`
};

/// Understands one logical line: a list of simple commands with groups,
/// redirections and known values. Where it understands only a part, it goes on
/// to learn whether the line may change the shell.
class LineParser {
 public:
  explicit LineParser(KnownShell& shell) : shell_(shell), words_(shell, arena_, scanner_) {}

  /// `leaves_shell_alone` is what LogicalLineScanner said of the line. Follows
  /// what state lines do to the shell.
  LineVerdict parse(std::string_view line, bool leaves_shell_alone, ParsedLine& parsed);

 private:
  /// The file's line itself, or a group in it.
  struct Level {
    bool subshell = false;
    std::size_t first_command = 0;  // index into the ParsedLine
    Connector next = Connector::first;
    Connector condition = Connector::first;  // and_then, or_else: the whole group is conditional
    bool negated = false;                    // the current pipeline
    bool in_pipe = false;
    ShellEffect pipeline_effect =
        ShellEffect::none;                   // of the current pipeline on this level's shell
    ShellEffect effect = ShellEffect::none;  // of what is complete
  };
  enum class Place : unsigned char {
    start,          // a command may begin
    needs_command,  // behind && || |: it must
    command,        // inside a simple command
    group,          // behind a group: redirections only
  };

  // line_parser.cc: structure
  void reset(std::string_view line, ParsedLine& parsed);
  void step();
  void newline();
  void comment();
  void connect();
  void open_group(bool subshell, std::size_t length);
  void close_group(bool subshell, std::size_t length);
  void close_folder(std::size_t length);
  void look_at_folder();
  void end_pipeline();
  bool is_and_list() const;
  LineVerdict verdict(bool leaves_shell_alone);
  void refuse(BarrierReason reason);  // the structure is beyond the subset: stop
  void note(BarrierReason reason);    // not understood, but the structure is clear

  // line_parser_commands.cc: simple commands
  void word();
  bool reserved(const ReadWord& read);
  bool assignment();
  void add_word(const ReadWord& read);
  void begin_command();
  void finish_command();
  void finish_builtin(ProgramKind kind);
  void finish_state(std::string_view program);
  bool enters_folder(std::string_view program);
  void raise(ShellEffect effect);
  bool may_be_option(const SimpleCommand& command) const;
  bool is_plain_exit() const;

  // line_parser_redirects.cc
  void redirect(std::string_view descriptor);
  void duplicate(std::string_view descriptor);
  void here_document();
  void here_string();
  void file_redirect(Redirect::Direction direction, bool portable);
  void add_redirect(Redirect redirect);
  bool take(std::string_view op);
  void skip_blanks();
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  Level& level() { return levels_.back(); }

  KnownShell& shell_;
  TextArena arena_;
  LogicalLineScanner scanner_;
  WordReader words_;

  std::string_view text_;
  std::size_t at_ = 0;
  ParsedLine* parsed_ = nullptr;
  std::vector<Level> levels_;
  std::vector<HereDocument> here_documents_;
  Place place_ = Place::start;

  // The simple command being read:
  std::vector<StateWord> state_words_;  // its words again, as state lines need them
  std::vector<std::pair<std::string_view, StateWord>> assignments_;
  BarrierReason word_trouble_ = BarrierReason::none;
  bool only_passes_on_ = true;  // the words' only trouble are variables of unknown value
  bool redirected_ = false;
  bool computed_program_ = false;
  bool program_is_quoted_ = false;
  std::size_t last_word_begin_ = 0;
  std::size_t last_group_begin_ = 0;  // commands of the group that was closed last

  // The whole line:
  BarrierReason barrier_ = BarrierReason::none;
  bool refused_ = false;
  bool followed_state_ = false;
  bool ends_shell_ = false;
  bool has_ordinary_ = false;
  std::size_t copied_redirects_ = 0;  // from groups to their commands
  bool prefixed_ = false;             // by `time` or `!`
  std::size_t groups_ = 0;            // { } and ( )
  bool entered_folder_ = false;       // the line is `(cd FOLDER && ...)`, or begins so
  bool tolerates_failure_ = false;
  bool only_words_ = true;  // nothing but one command's words
  bool expanded_ = false;
  bool portable_ = true;
};

}  // namespace shoal
