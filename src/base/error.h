#pragma once

#include <string>
#include <tl/expected.hpp>

namespace shoal {

/// Whose fault it is, which decides the exit code.
enum class ErrorKind {
  input,           // exit code 2: what the user gave cannot be used
  infrastructure,  // exit code 3: a disk, a lock, a broker failed
};

/// What went wrong, for a person: a sentence with the place and the cure.
/// Errors are returned, never thrown; `app` prints them.
struct Error {
  ErrorKind kind = ErrorKind::input;
  std::string place;    // "jobs.sh:17", a path, an option; may be empty
  std::string message;  // what is wrong, without a full stop
  std::string cure;     // what to do about it; may be empty

  /// "jobs.sh:17: no such mode 'fast'. Use auto, serial, stages or independent."
  std::string sentence() const;
};

template <class T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> input_error(std::string place, std::string message,
                                         std::string cure = {}) {
  return tl::unexpected(
      Error{ErrorKind::input, std::move(place), std::move(message), std::move(cure)});
}

inline tl::unexpected<Error> infrastructure_error(std::string place, std::string message,
                                                  std::string cure = {}) {
  return tl::unexpected(
      Error{ErrorKind::infrastructure, std::move(place), std::move(message), std::move(cure)});
}

}  // namespace shoal
