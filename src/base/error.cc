#include "base/error.h"

namespace shoal {

std::string Error::sentence() const {
  std::string text;
  if (!place.empty()) text += place + ": ";
  text += message;
  if (!text.ends_with('.')) text += '.';  // as what others say does
  if (!cure.empty()) text += " " + cure + ".";
  return text;
}

}  // namespace shoal
