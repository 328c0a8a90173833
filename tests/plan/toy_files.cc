#include "tests/plan/toy_files.h"

namespace shoal::toy {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

bool lies_in(const std::string& path, const std::string& folder) {
  return path == folder || path.rfind(folder + "/", 0) == 0;
}

}  // namespace

std::string Line::text() const {
  const std::string number = std::to_string(value);
  switch (verb) {
    case Verb::make_folder: return "mkdir " + a;
    case Verb::ensure_folder: return "mkdir -p " + a;
    case Verb::write: return "echo " + number + " > " + a;
    case Verb::append: return "echo " + number + " >> " + a;
    case Verb::concatenate: return "cat " + a + " > " + b + " 2>&1";
    case Verb::concatenate_folder: return "cat " + a + "/* > " + b + " 2>&1";
    case Verb::list: return "ls -R " + a + " > " + b + " 2>&1";
    case Verb::copy: return "cp " + a + " " + b;
    case Verb::copy_tree: return "cp -r " + a + " " + b;
    case Verb::move: return "mv " + a + " " + b;
    case Verb::remove: return "rm " + a;
    case Verb::remove_tree: return "rm -r " + a;
    case Verb::make_then_write: return "mkdir " + a + " && echo " + number + " > " + b;
    case Verb::test_then_write: return "test -e " + a + " && echo " + number + " > " + b;
  }
  return {};
}

const Files::Node* Files::find(const std::string& path) const {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

bool Files::is_folder(const std::string& path) const {
  if (path.empty()) return true;
  const Node* node = find(path);
  return node != nullptr && node->folder;
}

void Files::put(const std::string& path, std::optional<std::string> content) {
  ensure_folder(parent_of(path));
  if (!is_folder(parent_of(path)) || find(path) != nullptr) return;
  nodes_[path] = content ? Node{false, *content} : Node{true, {}};
}

bool Files::make_folder(const std::string& path) {
  if (find(path) != nullptr || !is_folder(parent_of(path))) return false;
  nodes_[path] = {true, {}};
  return true;
}

void Files::ensure_folder(const std::string& path) {
  if (path.empty() || find(path) != nullptr) return;
  ensure_folder(parent_of(path));
  make_folder(path);
}

/// What a redirection does before the command runs.
bool Files::open(const std::string& path, bool truncate) {
  if (!is_folder(parent_of(path)) || is_folder(path)) return false;
  Node& node = nodes_[path];
  if (truncate) node.content.clear();
  return true;
}

std::vector<std::string> Files::below(const std::string& path) const {
  std::vector<std::string> paths;
  for (const auto& [other, node] : nodes_) {
    if (lies_in(other, path)) paths.push_back(other);
  }
  return paths;
}

void Files::erase_tree(const std::string& path) {
  for (const std::string& other : below(path)) nodes_.erase(other);
}

std::string Files::into(const std::string& from, const std::string& to) const {
  return is_folder(to) ? to + "/" + name_of(from) : to;
}

void Files::copy(const std::string& from, const std::string& to, bool tree) {
  const Node* source = find(from);
  const std::string target = into(from, to);
  if (source == nullptr || (source->folder && !tree) || lies_in(target, from)) return;
  if (!is_folder(parent_of(target))) return;
  const std::map<std::string, Node> before = nodes_;
  for (const auto& [path, node] : before) {
    if (!lies_in(path, from)) continue;
    const std::string copy = target + path.substr(from.size());
    const Node* there = find(copy);
    if (!is_folder(parent_of(copy))) continue;
    if (there != nullptr && there->folder != node.folder) continue;
    if (there == nullptr || !node.folder) nodes_[copy] = node;
  }
}

void Files::move(const std::string& from, const std::string& to) {
  const Node* source = find(from);
  const std::string target = into(from, to);
  if (source == nullptr || lies_in(target, from) || !is_folder(parent_of(target))) return;
  if (const Node* there = find(target)) {
    if (there->folder != source->folder) return;
    if (there->folder && below(target).size() > 1) return;
    if (lies_in(from, target)) return;
  }
  std::map<std::string, Node> moved;
  for (const std::string& path : below(from)) {
    moved[target + path.substr(from.size())] = nodes_[path];
    nodes_.erase(path);
  }
  for (auto& [path, node] : moved) nodes_[path] = node;
}

void Files::run_redirected(const Line& line) {
  std::vector<std::string> sources = {line.a};
  if (line.verb == Line::Verb::concatenate_folder) {
    // The shell expands the pattern before it opens the target.
    sources.clear();
    for (const std::string& path : below(line.a)) {
      if (parent_of(path) == line.a) sources.push_back(path);
    }
    if (sources.empty()) sources.push_back(line.a + "/*");
  }
  if (!open(line.b, true)) return;
  std::string output;
  for (const std::string& source : sources) {
    if (line.verb == Line::Verb::list && find(source) != nullptr) {
      for (const std::string& path : below(source)) {
        output += path + (is_folder(path) ? "/\n" : "\n");
      }
    } else if (const Node* node = find(source); node == nullptr) {
      output += source + ": no such file\n";
    } else {
      output += node->folder ? source + ": is a folder\n" : node->content;
    }
  }
  nodes_[line.b].content = output;
}

void Files::run(const Line& line) {
  const std::string value = std::to_string(line.value) + "\n";
  switch (line.verb) {
    case Line::Verb::make_folder: make_folder(line.a); break;
    case Line::Verb::ensure_folder: ensure_folder(line.a); break;
    case Line::Verb::write:
      if (open(line.a, true)) nodes_[line.a].content = value;
      break;
    case Line::Verb::append:
      if (open(line.a, false)) nodes_[line.a].content += value;
      break;
    case Line::Verb::concatenate:
    case Line::Verb::concatenate_folder:
    case Line::Verb::list: run_redirected(line); break;
    case Line::Verb::copy: copy(line.a, line.b, false); break;
    case Line::Verb::copy_tree: copy(line.a, line.b, true); break;
    case Line::Verb::move: move(line.a, line.b); break;
    case Line::Verb::remove:
      if (!is_folder(line.a)) nodes_.erase(line.a);
      break;
    case Line::Verb::remove_tree: erase_tree(line.a); break;
    case Line::Verb::make_then_write:
      if (make_folder(line.a) && open(line.b, true)) nodes_[line.b].content = value;
      break;
    case Line::Verb::test_then_write:
      if (find(line.a) != nullptr && open(line.b, true)) nodes_[line.b].content = value;
      break;
  }
}

std::string Files::describe() const {
  std::string text;
  for (const auto& [path, node] : nodes_) {
    text += path + (node.folder ? "/" : " = " + node.content) + "\n";
  }
  return text;
}

}  // namespace shoal::toy
