#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace shoal {

/// Owns an open file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { reset(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void reset() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

/// The same file with a number above 2, so that making it a child's stdin or
/// stdout cannot overwrite another: a shoal that was started with these closed
/// gets their numbers from open(2).
inline Descriptor above_standard(Descriptor file) {
  if (file.number() < 0 || file.number() > 2) return file;
  return Descriptor(::fcntl(file.number(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace shoal
