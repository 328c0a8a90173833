#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shoal::toy {

/// One line of a toy program, which both a planner (by its text) and the toy
/// file system (by running it) understand.
struct Line {
  enum class Verb {
    make_folder,         // mkdir A
    ensure_folder,       // mkdir -p A
    write,               // echo N > A
    append,              // echo N >> A
    concatenate,         // cat A > B 2>&1
    concatenate_folder,  // cat A/* > B 2>&1
    list,                // ls -R A > B 2>&1
    copy,                // cp A B
    copy_tree,           // cp -r A B
    move,                // mv A B
    remove,              // rm A
    remove_tree,         // rm -r A
    make_then_write,     // mkdir A && echo N > B
    test_then_write,     // test -e A && echo N > B
  };
  static constexpr int kVerbs = 14;

  Verb verb = Verb::write;
  std::string a;
  std::string b;
  int value = 0;

  std::string text() const;
};

/// Files in memory, with what the commands above do to them, failures
/// included. Equal when they hold the same.
class Files {
 public:
  void run(const Line& line);
  void put(const std::string& path, std::optional<std::string> content);
  bool is_folder(const std::string& path) const;
  friend bool operator==(const Files&, const Files&) = default;
  std::string describe() const;

 private:
  struct Node {
    bool folder = false;
    std::string content;
    friend bool operator==(const Node&, const Node&) = default;
  };
  const Node* find(const std::string& path) const;
  bool make_folder(const std::string& path);
  void ensure_folder(const std::string& path);
  bool open(const std::string& path, bool truncate);
  std::vector<std::string> below(const std::string& path) const;  // the path and all in it
  void copy(const std::string& from, const std::string& to, bool tree);
  void move(const std::string& from, const std::string& to);
  std::string into(const std::string& from, const std::string& to) const;
  void erase_tree(const std::string& path);
  void run_redirected(const Line& line);

  std::map<std::string, Node> nodes_;
};

}  // namespace shoal::toy
