#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "job/command.h"
#include "job/known_shell.h"
#include "job/logical_line.h"
#include "job/parsed_line.h"
#include "job/text_arena.h"

namespace shoal {

enum class WordPlace : std::uint8_t {
  argument,    // globs expand
  assignment,  // behind NAME=: no globs, `~` also behind a colon
};

/// One word as it was read, with what must be known of how it was written.
struct ReadWord {
  Word word;            // complete only without trouble
  std::size_t end = 0;  // behind the word
  BarrierReason trouble = BarrierReason::none;
  bool bare = true;       // no quotes, backslashes or expansions: may be a reserved word
  bool expanded = false;  // holds a variable, `~` or arithmetic whose value was put in
  bool portable = true;   // read the same by every POSIX shell
  ShellEffect effect = ShellEffect::none;  // of the expansions in it
  bool passes_on = false;                  // the only trouble is variables of unknown value
};

/// Reads words: removes quotes, puts in known variables, recognizes globs.
class WordReader {
 public:
  WordReader(KnownShell& shell, TextArena& arena, LogicalLineScanner& scanner)
      : shell_(shell), arena_(arena), scanner_(scanner) {}

  /// Reads the word at `at`, where no blank or operator stands (behind NAME=
  /// one may: then the value is empty).
  ReadWord read(std::string_view text, std::size_t at, WordPlace place);

 private:
  void read_slowly();
  void read_special();
  void backslash();
  void single_quoted();
  void double_quoted();
  void dollar(bool quoted);
  void arithmetic(bool quoted);
  void braced_parameter(bool quoted);
  void variable(std::string_view name, bool quoted);
  void tilde();
  void closing_brace();
  void finish();

  void trouble(BarrierReason reason);
  void raise(ShellEffect effect);
  /// Takes the expansion at at_ as it is, because it is not understood.
  void skip(BarrierReason reason);
  void append_unquoted(std::string_view text);
  void append_quoted(std::string_view text);
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool looks_like_assignment() const;

  KnownShell& shell_;
  TextArena& arena_;
  LogicalLineScanner& scanner_;  // for expansions that are skipped

  std::string_view text_;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
  WordPlace place_ = WordPlace::argument;
  ReadWord result_;
  std::string literal_;  // the word without quotes
  std::string pattern_;  // the same with backslashes before quoted special characters
  bool quoted_ = false;
  bool glob_ = false;
  bool bracket_open_ = false;
  bool other_trouble_ = false;     // besides unknown variables
  std::size_t brace_checked_ = 0;  // where the search for {a,b} goes on; 0: no open brace
};

}  // namespace shoal
