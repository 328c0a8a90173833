#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "job/parsed_line.h"
#include "plan/access_lists.h"
#include "plan/path_table.h"
#include "plan/path_text.h"

namespace shoal {

/// What `ln` makes: from then on `name` is another name of `target`.
struct MadeLink {
  PathId target{};
  PathId name{};
};

/// The links that `ln` makes with these words, `words[next]` being the first
/// argument, in all ways in which it may be meant: the last argument may be a
/// link's name or the folder for it. nullopt: it cannot be told.
std::optional<std::vector<MadeLink>> links_made(const std::vector<Word>& words, std::size_t next,
                                                std::string_view folder, PathTable& paths,
                                                PathSpelling& spelling);

/// The links of a jobs file, in its order.
class LinkAliases {
 public:
  void add(CommandId maker, const std::vector<MadeLink>& links);
  bool empty() const { return links_.empty(); }

  /// Lets every command that comes to a file by a link made before it touch
  /// the file's own path, too.
  AccessLists resolve(const AccessLists& accesses, PathTable& paths) const;

 private:
  struct Link {
    CommandId maker{};
    MadeLink made;
  };
  void follow(const Link& link, std::vector<Access>& accesses, PathTable& paths) const;

  std::vector<Link> links_;
};

}  // namespace shoal
