#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace shoal {

/// A fork server's child has a parent that ends at once. While someone expects
/// such a child, this process is a subreaper (prctl(2),
/// PR_SET_CHILD_SUBREAPER), so that the child becomes its own.
class OrphanAdoption {
 public:
  OrphanAdoption() = default;
  OrphanAdoption(const OrphanAdoption&) = delete;
  OrphanAdoption& operator=(const OrphanAdoption&) = delete;
  ~OrphanAdoption();

  void begin();
  void end();

 private:
  unsigned expected_ = 0;
};

/// The child that said who it is, if it really is one of this process.
std::optional<pid_t> enrolled_child(std::string_view answer);

/// Kills and reaps a child.
void end_child(pid_t pid);

/// Tells an enrolled child to begin.
void let_begin(int control);

}  // namespace shoal
