#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "job/parsed_line.h"

namespace shoal {

/// `-5` and `-0.3` are values, not options.
bool is_number(std::string_view text);
bool looks_like_option(std::string_view text);

/// Words that stand where a path could and are none.
bool is_no_path(std::string_view text);
/// Device files hold nothing that one command could leave to another.
bool is_device(std::string_view path);
/// "benchmark:van_de_schoot_2017", as asreview tells data sets from files.
bool is_data_set_name(std::string_view text);
/// It has a slash or an extension.
bool is_path_like(std::string_view text);

/// Options that most programs mean the same by.
bool names_output(std::string_view option);
bool names_input(std::string_view option);

/// Whether `option` stands among the words from `next` on: by itself, with
/// `=value`, with its value attached, or among letters behind one dash.
bool is_given(std::string_view option, const std::vector<Word>& words, std::size_t next);

/// A program named by its place is one that the built-in rows speak of only
/// in a `bin` folder: `./test` is the user's own.
bool may_be_built_in(std::string_view program);

}  // namespace shoal
