#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace shoal {

/// Keeps built words until the next line. Allocates only for its first block
/// and for lines that need more than one.
class TextArena {
 public:
  std::string_view store(std::string_view text) {
    if (text.empty()) return {};
    if (blocks_.empty() || block_size_ - used_ < text.size()) add_block(text.size());
    char* at = blocks_.back().get() + used_;
    std::memcpy(at, text.data(), text.size());
    used_ += text.size();
    return {at, text.size()};
  }

  /// Everything stored so far becomes invalid.
  void reset() {
    if (blocks_.size() > 1 || block_size_ > kBlockSize) {
      blocks_.clear();
      block_size_ = 0;
    }
    used_ = 0;
  }

 private:
  static constexpr std::size_t kBlockSize = 16384;

  void add_block(std::size_t at_least) {
    block_size_ = at_least > kBlockSize ? at_least : kBlockSize;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    used_ = 0;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_size_ = 0;  // of the last block
  std::size_t used_ = 0;        // of the last block
};

}  // namespace shoal
