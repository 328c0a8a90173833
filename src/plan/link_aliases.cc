#include "plan/link_aliases.h"

#include <algorithm>
#include <optional>

#include "plan/glob.h"
#include "plan/word_kinds.h"

namespace shoal {
namespace {

bool lies_at_or_below(PathId path, PathId folder, const PathTable& paths) {
  std::optional<PathId> at = path;
  while (at && *at != folder) at = paths.parent(*at);
  return at.has_value();
}

/// The same place below `target` as `path` has below `name`.
PathId moved(PathId path, const MadeLink& link, PathTable& paths) {
  if (path == link.name) return link.target;
  const PathId above = moved(*paths.parent(path), link, paths);
  const std::string name(paths.name(path));
  return paths.intern_below(above, name);
}

std::string joined(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && !path.ends_with('/')) path += '/';
  return path.append(name);
}

/// What the options of `ln` say of its other arguments.
struct LinkOptions {
  bool symbolic = false;
  bool relative_to_name = true;  // not with --relative, which works that out
};

/// False: an option changes which argument is what.
bool read_option(std::string_view word, LinkOptions& options) {
  if (word == "--symbolic") word = "-s";
  if (word == "--relative") word = "-r";
  if (word == "--force" || word == "--no-dereference" || word == "--verbose") return true;
  if (word.substr(1).find_first_not_of("sfnvr") != std::string_view::npos) return false;
  if (word.find('s') != std::string_view::npos) options.symbolic = true;
  if (word.find('r') != std::string_view::npos) options.relative_to_name = false;
  return true;
}

}  // namespace

std::optional<std::vector<MadeLink>> links_made(const std::vector<Word>& words, std::size_t next,
                                                std::string_view folder, PathTable& paths,
                                                PathSpelling& spelling) {
  LinkOptions options;
  std::vector<std::string_view> arguments;
  for (; next < words.size(); ++next) {
    const std::string_view word = words[next].text;
    if (words[next].kind != Word::Kind::literal || is_no_path(word)) return std::nullopt;
    if (!looks_like_option(word)) {
      arguments.push_back(word);
    } else if (!read_option(word, options)) {
      return std::nullopt;
    }
  }
  std::vector<MadeLink> links;
  const auto add = [&](std::string_view target, const std::string& name) {
    const PathId made = paths.intern(spelling.resolve(folder, name));
    // A relative symbolic link means what its own folder makes of it.
    const bool from_name = options.symbolic && options.relative_to_name && !target.starts_with('/');
    const std::string spelled =
        from_name ? joined(parent_folder(name), target) : std::string(target);
    const PathId of = paths.intern(spelling.resolve(folder, spelled));
    if (!lies_at_or_below(of, made, paths)) links.push_back({of, made});
  };
  if (arguments.size() == 1) add(arguments[0], std::string(last_name(arguments[0])));
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    std::string_view source = arguments[i];
    while (source.ends_with('/')) source.remove_suffix(1);
    add(arguments[i], joined(arguments.back(), last_name(source)));
  }
  if (arguments.size() == 2 && !arguments[1].ends_with('/')) {
    add(arguments[0], std::string(arguments[1]));
  }
  return links;
}

void LinkAliases::add(CommandId maker, const std::vector<MadeLink>& links) {
  for (const MadeLink& made : links) links_.push_back({maker, made});
}

/// A link may lead to another one, made earlier or later: every link gets its
/// turn for each.
AccessLists LinkAliases::resolve(const AccessLists& accesses, PathTable& paths) const {
  AccessLists resolved;
  resolved.reserve(accesses.command_count());
  std::vector<Access> all;
  for (std::uint32_t i = 1; i <= accesses.command_count(); ++i) {
    const auto own = accesses.of(CommandId{i});
    all.assign(own.begin(), own.end());
    for (std::size_t turn = 0; turn < links_.size(); ++turn) {
      const std::size_t before = all.size();
      for (const Link& link : links_) {
        if (number(link.maker) < i) follow(link, all, paths);
      }
      if (all.size() == before) break;
    }
    resolved.add(all);
  }
  return resolved;
}

void LinkAliases::follow(const Link& link, std::vector<Access>& accesses, PathTable& paths) const {
  const auto add = [&](PathId path, AccessMode mode, Extent extent) {
    const Access access{path, mode, extent, false, false, 0};
    if (std::find(accesses.begin(), accesses.end(), access) == accesses.end()) {
      accesses.push_back(access);
    }
  };
  for (std::size_t i = 0; i < accesses.size(); ++i) {
    const Access access = accesses[i];
    const AccessMode mode = access.mode == AccessMode::append ? AccessMode::write : access.mode;
    if (access.extent == Extent::glob) {
      const PathId folder = paths.intern(split_glob(paths.text(access.path)).folder);
      if (mode != AccessMode::remove && lies_at_or_below(link.made.name, folder, paths)) {
        add(link.made.target, mode, Extent::tree);
      }
    } else if (lies_at_or_below(access.path, link.made.name, paths)) {
      // To remove the link itself leaves the file alone.
      if (access.path == link.made.name && mode == AccessMode::remove) continue;
      add(moved(access.path, link.made, paths), mode, access.extent);
    } else if (lies_at_or_below(link.made.name, access.path, paths) && !makes_folder(mode) &&
               mode != AccessMode::remove) {
      add(link.made.target, mode, access.extent);
    }
  }
}

}  // namespace shoal
