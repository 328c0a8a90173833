#include "base/error.h"

namespace shoal {
namespace {

/// What others say, a broker for example, may end with a full stop already.
void add_sentence(const std::string& words, std::string& text) {
  text += words;
  if (!words.ends_with('.')) text += '.';
}

}  // namespace

std::string Error::sentence() const {
  std::string text;
  if (!place.empty()) text += place + ": ";
  add_sentence(message, text);
  if (!cure.empty()) add_sentence(" " + cure, text);
  return text;
}

}  // namespace shoal
