#include "job/arithmetic.h"

#include <charconv>

#include "job/characters.h"

namespace shoal {
namespace {

using Value = std::optional<std::int64_t>;

constexpr int kDeepestNesting = 32;

Value apply(char op, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  switch (op) {
    case '+':
      if (__builtin_add_overflow(left, right, &result)) return std::nullopt;
      return result;
    case '-':
      if (__builtin_sub_overflow(left, right, &result)) return std::nullopt;
      return result;
    case '*':
      if (__builtin_mul_overflow(left, right, &result)) return std::nullopt;
      return result;
    default:
      if (right == 0 || (left == INT64_MIN && right == -1)) return std::nullopt;
      return op == '/' ? left / right : left % right;
  }
}

/// Recursive descent; the nesting is limited, so the stack is too.
class Evaluator {
 public:
  explicit Evaluator(std::string_view text) : text_(text) {}

  Value run() {
    const Value value = sum();
    skip_space();
    return at_ == text_.size() ? value : std::nullopt;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\n')) ++at_;
  }

  /// Consumes one of `operators`. A doubled sign is another operator (++, --,
  /// **), which is none of ours.
  char take(std::string_view operators) {
    skip_space();
    if (at_ >= text_.size() || operators.find(text_[at_]) == std::string_view::npos) return 0;
    const char op = text_[at_];
    if (at_ + 1 < text_.size() && (text_[at_ + 1] == op || text_[at_ + 1] == '=')) return 0;
    ++at_;
    return op;
  }

  Value sum() {
    Value left = product();
    while (left) {
      const char op = take("+-");
      if (op == 0) break;
      const Value right = product();
      left = right ? apply(op, *left, *right) : std::nullopt;
    }
    return left;
  }

  Value product() {
    Value left = signed_factor();
    while (left) {
      const char op = take("*/%");
      if (op == 0) break;
      const Value right = signed_factor();
      left = right ? apply(op, *left, *right) : std::nullopt;
    }
    return left;
  }

  Value signed_factor() {
    const char sign = take("+-");
    const Value value = factor();
    if (!value || sign != '-') return value;
    return apply('-', 0, *value);
  }

  Value factor() {
    skip_space();
    if (at_ >= text_.size()) return std::nullopt;
    if (is_digit(text_[at_])) return literal();
    if (text_[at_] != '(' || depth_ == kDeepestNesting) return std::nullopt;
    ++at_;
    ++depth_;
    const Value value = sum();
    --depth_;
    skip_space();
    if (at_ >= text_.size() || text_[at_] != ')') return std::nullopt;
    ++at_;
    return value;
  }

  Value literal() {
    const char* const begin = text_.data() + at_;
    const char* const limit = text_.data() + text_.size();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(begin, limit, value);
    const bool octal = *begin == '0' && end - begin > 1;
    if (error != std::errc{} || octal) return std::nullopt;
    if (end != limit && (is_name_character(*end) || *end == '#')) return std::nullopt;
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<std::int64_t> literal_arithmetic(std::string_view expression) {
  return Evaluator(expression).run();
}

}  // namespace shoal
