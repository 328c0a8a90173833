#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "job/builtins.h"
#include "job/command.h"
#include "job/here_document.h"

namespace shoal {

struct LogicalLine {
  std::size_t end = 0;  // the newline that ends it, or the text's end
  /// unterminated or syntax: bash would not get past this line, or this
  /// scanner cannot tell how; then the line reaches to the text's end, so that
  /// bash itself decides.
  BarrierReason trouble = BarrierReason::none;
  /// Everything happens in subshells or in a pipeline: the shell stays as it is.
  bool leaves_shell_alone = false;
};

/// Finds where logical lines end, as bash groups a script's lines: a pushdown
/// automaton over the whole grammar with its stack on the heap, linear in the
/// text. It accepts some texts that bash refuses, never the reverse: grouping
/// too much is safe, because a bash that gets the group decides as it would
/// have done in the file.
class LogicalLineScanner {
 public:
  /// `begin` is where the first word of the line begins.
  LogicalLine scan(std::string_view text, std::size_t begin);

  /// The end of the expansion that begins at `begin` with `$(`, `${`, `$[`,
  /// `$'`, `$"`, a backtick, `<(` or `>(`; nullopt when it does not end.
  std::optional<std::size_t> skip_expansion(std::string_view text, std::size_t begin);

  /// Comments that begin with `#shoal:`, of the last scan, without that.
  const std::vector<std::string_view>& directives() const { return directives_; }
  /// Names of the functions that the last scan saw being defined.
  const std::vector<std::string_view>& functions() const { return functions_; }

 private:
  enum class Kind : std::uint8_t {
    // lists of commands:
    top,
    subshell,
    substitution,
    brace_group,
    if_condition,
    if_body,
    else_body,
    loop_condition,
    loop_body,
    for_head,
    case_head,
    case_pattern,
    case_body,
    // parts of words and other tokens:
    word_only,
    double_quote,
    parameter,
    bracket,
    arithmetic,
    arithmetic_command,
    conditional,
    array,
  };
  /// What the next word is.
  enum class Expect : std::uint8_t {
    command,           // reserved words are recognized
    function_body,     // as command, but it must come
    name_parentheses,  // `(` after the first word makes it a function
    argument,
    after_compound,  // only redirections and reserved words
    for_name,
    for_in,
    for_words,
    for_do,
    case_word,
    case_in,
    pattern,
    function_name,
    function_parentheses,
  };
  struct Frame {
    Kind kind = Kind::top;
    Expect expect = Expect::command;
    bool wants_target = false;  // the next word belongs to a redirection
    bool in_word = false;
    bool word_is_bare = true;    // no quotes, no expansions
    bool needs_command = false;  // after && || |
    bool after_time = false;
    bool may_assign = false;     // the next argument may be an assignment
    std::size_t begin = 0;  // of the construct
    std::size_t word_begin = 0;
    std::size_t word_end = 0;
    std::size_t depth = 0;  // of parentheses in arithmetic
  };

  void reset(std::string_view text, std::size_t begin);
  void run();
  void step();
  Frame& frame() { return stack_.back(); }
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void fail(BarrierReason reason);
  void push(Kind kind, Expect expect = Expect::command);
  void pop();
  void pop_compound();

  // commands (logical_line.cc)
  bool is_operator_continued() const;
  void step_commands();
  bool may_end();
  void newline();
  bool skip_here_bodies();
  void comment();
  void semicolon();
  void ampersand();
  void pipe();
  void open_parenthesis();
  void close_parenthesis();
  void redirect();
  void connect(bool needs_command);
  void note_work();

  // words (logical_line_words.cc)
  void continue_word();
  bool may_be_element();
  void finish_word();
  void finish_first_word(std::string_view word, bool bare);
  void finish_head_word(std::string_view word);
  void finish_reserved(ProgramKind kind, std::string_view word);
  void open_compound(std::string_view word);
  void continue_compound(std::string_view word);
  bool step_quoting();
  void dollar();
  void skip_single_quoted();
  void skip_dollar_quoted();
  void skip_backticks();
  void step_double_quote();
  void step_parameter();
  void step_arithmetic();
  void reinterpret_as_parentheses();
  void step_conditional();
  void step_array();

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Frame> stack_;
  std::vector<HereDocument> here_documents_;
  std::vector<std::string_view> directives_;
  std::vector<std::string_view> functions_;
  BarrierReason trouble_ = BarrierReason::none;
  bool done_ = false;
  std::size_t isolated_ = 0;  // subshells and substitutions on the stack
  bool works_in_shell_ = false;
  bool pipes_ = false;      // at top level
  bool sequences_ = false;  // at top level
  unsigned reinterpretations_ = 0;
};

}  // namespace shoal
