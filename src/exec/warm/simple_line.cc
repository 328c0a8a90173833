#include "exec/warm/simple_line.h"

#include <algorithm>

namespace shoal {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Means itself wherever it stands in a word. Bytes of other characters than
/// ASCII's do, too, but for the one that is a blank in some locales.
bool is_plain(char c) {
  constexpr std::string_view kPlain = "-./:,+@%=^";
  constexpr unsigned char kNoBreakSpace = 0xA0;
  const auto byte = static_cast<unsigned char>(c);
  return is_letter(c) || is_digit(c) || kPlain.find(c) != std::string_view::npos ||
         (byte >= 0x80 && byte != kNoBreakSpace);
}

/// The length of a variable's name before a `=`; 0: the word is no assignment.
std::size_t assigned_name(std::string_view word) {
  if (word.empty() || !is_letter(word.front())) return 0;
  std::size_t at = 0;
  while (at < word.size() && (is_letter(word[at]) || is_digit(word[at]))) ++at;
  return at < word.size() && word[at] == '=' ? at : 0;
}

class SimpleLineReader {
 public:
  explicit SimpleLineReader(std::string_view text) : text_(text) {}

  std::optional<std::vector<SimpleStep>> read() {
    do {
      steps_.emplace_back();
      while (more()) {
        if (!take_part()) return std::nullopt;
      }
      if (steps_.back().words.empty()) return std::nullopt;
    } while (take("&&"));
    if (at_ < text_.size()) return std::nullopt;
    return std::move(steps_);
  }

 private:
  struct Read {
    std::string word;
    bool is_bare = true;  // without quotes
  };

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void skip_blanks() {
    while (is_blank(peek())) ++at_;
  }

  /// Whether the step goes on. A comment ends the line.
  bool more() {
    skip_blanks();
    if (peek() == '#') {
      const bool is_last = text_.find('\n', at_) == std::string_view::npos;
      if (is_last) at_ = text_.size();
      return !is_last;
    }
    return at_ < text_.size() && text_.substr(at_, 2) != "&&";
  }

  /// A word, an assignment or a redirection. False: it is none of them.
  bool take_part() {
    SimpleStep& step = steps_.back();
    if (peek() == '<' || peek() == '>') return take_redirect(peek() == '<' ? 0 : 1);
    const bool numbered = is_digit(peek()) && (peek(1) == '<' || peek(1) == '>');
    if (numbered) {
      const int descriptor = text_[at_++] - '0';
      return descriptor <= 2 && take_redirect(descriptor);
    }
    const std::size_t begin = at_;
    std::optional<Read> read = take_word();
    // Digits behind other characters of a word belong to it: bash would take
    // `12>f` for descriptor 12.
    if (!read || peek() == '<' || peek() == '>') return false;
    if (step.words.empty()) {
      const bool is_first = !step.is_timed && step.assignments.empty() && step.redirects.empty();
      if (read->is_bare && read->word == "time" && is_first) return step.is_timed = true;
      if (const std::size_t name = assigned_name(text_.substr(begin, at_ - begin)); name > 0) {
        step.assignments.emplace_back(read->word.substr(0, name), read->word.substr(name + 1));
        return true;
      }
    }
    const bool is_option_of_time = step.words.empty() && read->word.starts_with('-');
    step.words.push_back(std::move(read->word));
    return !is_option_of_time;
  }

  std::optional<Read> take_word() {
    Read read;
    while (at_ < text_.size() && !is_blank(peek()) && peek() != '&') {
      const char c = peek();
      if (c == '\'' || c == '"') {
        const std::size_t close = text_.find(c, at_ + 1);
        if (close == std::string_view::npos) return std::nullopt;
        const std::string_view quoted = text_.substr(at_ + 1, close - at_ - 1);
        const std::string_view special = c == '"' ? "$`\\\n" : "\n";
        if (quoted.find_first_of(special) != std::string_view::npos) return std::nullopt;
        read.word += quoted;
        read.is_bare = false;
        at_ = close + 1;
      } else if (c == '<' || c == '>') {
        break;
      } else if (is_plain(c) || (c == '#' && !read.word.empty())) {
        read.word += c;
        ++at_;
      } else {
        return std::nullopt;
      }
    }
    if (peek() == '&' && peek(1) != '&') return std::nullopt;
    if (read.is_bare && read.word.empty()) return std::nullopt;
    return read;
  }

  bool take_redirect(int descriptor) {
    SimpleRedirect redirect;
    redirect.descriptor = descriptor;
    using enum SimpleRedirect::Kind;
    if (take(">>")) {
      redirect.kind = append;
    } else if (take(">&")) {
      redirect.kind = duplicate;
      if (peek() != '1' && peek() != '2') return false;
      redirect.target = peek();
      ++at_;
      steps_.back().redirects.push_back(std::move(redirect));
      return at_ >= text_.size() || is_blank(peek()) || text_.substr(at_, 2) == "&&";
    } else if (take(">")) {
      redirect.kind = write;
    } else if (take("<")) {
      redirect.kind = SimpleRedirect::Kind::read;
    }
    skip_blanks();
    std::optional<Read> target = take_word();
    if (!target || peek() == '<' || peek() == '>') return false;
    // Shells may open these themselves, and mean something else.
    if (target->word.starts_with("/dev/") && target->word != "/dev/null") return false;
    redirect.target = std::move(target->word);
    steps_.back().redirects.push_back(std::move(redirect));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<SimpleStep> steps_;
};

}  // namespace

std::optional<std::vector<SimpleStep>> read_simple_line(std::string_view text) {
  return SimpleLineReader(text).read();
}

}  // namespace shoal
