#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace shoal {

/// The word as bash would have to be given it: as it stands where that is
/// safe, else in single quotes.
std::string shell_quoted(std::string_view word);

/// "0.4 s", "12 s", "3 min 5 s", "2 h 10 min", "4 d 3 h".
std::string human_duration(Duration duration);

/// "512 B", "1.5 KiB", "24 GiB".
std::string human_bytes(std::uint64_t bytes);

/// Reads "8G", "512M", "1.5GiB", "1000" (bytes; suffixes are powers of 1024).
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// Reads "90", "90s", "1.5h", "2d", "30m", "1h30m" (a bare number is seconds).
std::optional<Duration> parse_duration(std::string_view text);

/// The text with every byte that is not part of valid UTF-8 replaced by
/// U+FFFD, so that it can stand in JSON.
std::string valid_utf8(std::string_view text);

/// The text as valid UTF-8 from which original_bytes makes it again: each byte
/// that is no part of UTF-8, and each NUL, becomes a NUL and its two hex digits.
std::string escaped_bytes(std::string_view text);
std::string original_bytes(std::string_view escaped);

/// The text on one line, cut to `columns` bytes with an ellipsis, control
/// characters shown as spaces: for a table or a live display. Never cuts
/// inside a UTF-8 sequence.
std::string one_line(std::string_view text, std::size_t columns);

/// FNV-1a, 64 bits. Not for adversaries; stable across versions of shoal
/// because journals hold it.
std::uint64_t hash64(std::string_view text, std::uint64_t seed = 14695981039346656037ULL);

}  // namespace shoal
