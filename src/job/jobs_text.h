#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace shoal {

/// A jobs file's bytes made ready for reading: a byte order mark is dropped,
/// CRLF becomes LF, and a Windows batch file of Makita (.bat) has its `::`
/// comments, `@echo off` and backslashes turned into their shell equals.
/// Line numbers stay those of the file.
class JobsText {
 public:
  /// `name` is what messages call the file. Empty and binary (NUL bytes)
  /// contents are errors.
  static Expected<JobsText> from(std::string bytes, std::string name);

  std::string_view text() const { return text_; }
  const std::string& name() const { return name_; }
  /// "/bin/bash -e" of a `#!` first line, else empty.
  std::string_view interpreter() const;

 private:
  JobsText(std::string text, std::string name) : text_(std::move(text)), name_(std::move(name)) {}
  std::string text_;
  std::string name_;
};

}  // namespace shoal
