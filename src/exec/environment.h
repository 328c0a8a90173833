#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// The variables by which thread pools are told their size.
inline constexpr std::string_view kThreadPoolVariables[] = {
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"};

/// The environments that commands get: shoal's own, with PWD of the run's
/// folder and thread pools of the size that the command asks for. Made once
/// per size, not per command.
class Environments {
 public:
  /// Copies `inherited` (null-terminated NAME=value strings).
  Environments(const char* const* inherited, std::string_view working_directory);
  Environments(const Environments&) = delete;
  Environments& operator=(const Environments&) = delete;

  /// For a command with `threads` threads; 0: thread pools are left alone.
  /// Null-terminated; lives as long as this.
  char* const* with_threads(unsigned threads);

  std::string_view value(std::string_view name) const;  // empty when unset
  /// All but the thread-pool variables that are shoal's to set.
  const std::vector<std::string>& inherited() const { return inherited_; }

  /// Whether any thread-pool variable is shoal's to set.
  bool limits_threads() const { return !ours_.empty(); }

 private:
  struct Variant {
    std::vector<std::string> own;  // the strings that differ
    std::vector<char*> pointers;
  };

  std::vector<std::string> inherited_;
  std::vector<std::string_view> ours_;  // thread-pool variables that the user did not set
  std::map<unsigned, Variant> variants_;
};

}  // namespace shoal
