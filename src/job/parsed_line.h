#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace shoal {

/// One word of a simple command, after quotes are removed and variables with a
/// known value are put in. Views live until the parser reads the next line.
struct Word {
  enum class Kind : std::uint8_t {
    literal,  // text is exactly what the program gets
    glob,     // text is a pattern (*, ?, [...]) that bash would expand against the disk;
              // characters that were quoted stand behind a backslash
  };
  std::string_view text;
  Kind kind = Kind::literal;
};

struct Redirect {
  enum class Direction : std::uint8_t { read, write, append, read_write };
  Direction direction = Direction::read;
  Word target;  // always a path: duplications (2>&1) and here-documents do not appear
};

/// How a simple command is tied to the one before it. Says when it may be left
/// out: behind a pipeline with `!`, `&&` and `||` are exchanged, and within a
/// conditional group every command is as conditional as the group.
enum class Connector : std::uint8_t { first, sequence /* ; or newline */, and_then, or_else, pipe };

struct SimpleCommand {
  Connector connector = Connector::first;
  /// The program and its arguments, leading assignments and `time`, `!`
  /// removed. Empty for a line of redirections only (`> file`).
  std::vector<Word> words;
  std::vector<Redirect> redirects;
};

/// What an understood line does. Groups `{ ...; }` and `( ... )` are flattened:
/// their redirections are added to each of their commands.
/// Commands keep their vectors between lines, so reading a million lines does
/// not allocate a million times: only the first `size` entries count.
class ParsedLine {
 public:
  std::size_t size() const { return size_; }
  const SimpleCommand& operator[](std::size_t i) const { return commands_[i]; }
  SimpleCommand& operator[](std::size_t i) { return commands_[i]; }
  const SimpleCommand* begin() const { return commands_.data(); }
  const SimpleCommand* end() const { return commands_.data() + size_; }

  /// Commands joined by `&&` (and pipes) alone: when the line ends well, every
  /// one of them ran, and those that a pipe does not hide ended well.
  bool is_and_list() const { return is_and_list_; }
  void set_and_list(bool is_and_list) { is_and_list_ = is_and_list; }

  /// Of a line `(cd FOLDER && ...)`: FOLDER, where all of its commands run if
  /// any does; the `cd` is not among them. Empty for other lines.
  std::string_view folder() const { return folder_; }
  void set_folder(std::string_view folder) { folder_ = folder; }

  void clear() {
    size_ = 0;
    is_and_list_ = false;
    folder_ = {};
  }
  void drop_last() { --size_; }
  /// Appends an empty command and returns it; valid until the next append.
  SimpleCommand& append();
  SimpleCommand& back() { return commands_[size_ - 1]; }

 private:
  std::vector<SimpleCommand> commands_;
  std::size_t size_ = 0;
  bool is_and_list_ = false;
  std::string_view folder_;
};

}  // namespace shoal
