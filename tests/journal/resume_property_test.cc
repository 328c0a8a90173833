#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/journal/toy_world.h"

namespace shoal {
namespace {

using Lines = std::vector<std::string>;

const std::string& any_of(const Lines& choices) {
  return choices[*rc::gen::inRange<std::size_t>(0, choices.size())];
}

/// Lines that only read what an earlier one has made, or inputs: a file that is
/// there only because of a later line is the one thing that no rerun can undo.
class ProgramMaker {
 public:
  std::string next_line() {
    const std::string tag = " # " + std::to_string(++tags_);
    switch (*rc::gen::inRange(0, 10)) {
      case 0: {
        const std::string source = any_readable();
        return "cat " + source + " >> " + made(any_of({"a0", "a1"})) + tag;
      }
      case 1: {
        const std::string path = any_of(made_);
        if (path.starts_with("in") || path.starts_with("d/")) return next_line();
        std::erase(made_, path);
        return "rm " + path + tag;
      }
      case 2: {
        const std::string path = any_of(made_);
        if (path.starts_with("in")) return next_line();
        return "sort -o " + path + " " + path + tag;
      }
      case 3:
        return "cat d/* > " + made(any_of({"f0", "f1", "f2"})) + tag;
      default: {
        const std::string sources = any_readable() + " " + any_readable();
        return "cat " + sources + " > " + made(any_of({"f0", "f1", "f2", "f3", "d/0", "d/1"})) +
               tag;
      }
    }
  }
  /// Files of the glob must be there before its first reader.
  Lines first_lines() {
    return {"cat in0 > " + made("d/0") + " # first", "cat in1 > " + made("d/1") + " # first"};
  }

 private:
  std::string any_readable() { return any_of(made_); }
  std::string made(const std::string& path) {
    if (std::find(made_.begin(), made_.end(), path) == made_.end()) made_.push_back(path);
    return path;
  }
  Lines made_ = {"in0", "in1"};
  int tags_ = 0;
};

Lines any_program() {
  ProgramMaker maker;
  Lines lines = maker.first_lines();
  for (int count = *rc::gen::inRange(1, 14); count > 0; --count) lines.push_back(maker.next_line());
  return lines;
}

ToyWorld new_world() {
  ToyWorld world;
  world.write("in0", "zero");
  world.write("in1", "one");
  return world;
}

std::string shown(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// The sessions' deaths, failures and edits; then one that goes to the end.
void check(Lines lines, bool with_edits) {
  ToyWorld world = new_world();
  std::map<std::string, std::string> inputs = {{"in0", "zero"}, {"in1", "one"}};
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  for (int sessions = *rc::gen::inRange(1, 4); sessions > 0; --sessions) {
    const auto events =
        *rc::gen::inRange<std::uint32_t>(0, 2 * static_cast<std::uint32_t>(lines.size()) + 2);
    RC_LOG() << "a session of " << events << " events\n" << shown(lines);
    world.run(ToyProgram(lines), {*rc::gen::inRange(1U, 4U), events, *rc::gen::element(0.0, 0.2)},
              random);
    if (!with_edits) continue;
    if (*rc::gen::inRange(0, 3) == 0) {
      const auto at = *rc::gen::inRange<std::size_t>(0, lines.size());
      lines[at] += " edited";
      RC_LOG() << "edited line " << at + 1 << "\n";
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      const std::string input = any_of({"in0", "in1"});
      inputs[input] += "+";
      world.write(input, inputs[input]);
      RC_LOG() << "changed " << input << "\n";
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      const std::string lost = any_of({"f0", "f1", "f2", "f3", "d/0", "d/1", "a0"});
      world.files.erase(lost);
      RC_LOG() << "lost " << lost << "\n";
    }
  }
  world.run(ToyProgram(lines), {}, random);

  ToyWorld serial;
  for (const auto& [path, contents] : inputs) serial.write(path, contents);
  serial.run_serially(lines);
  RC_LOG() << "at last\n" << shown(lines);
  RC_ASSERT(world.contents() == serial.contents());
  for (const bool done : world.resume(ToyProgram(lines)).scheduler.done) RC_ASSERT(done);
}

RC_GTEST_PROP(Resume, AfterDeathsAndFailuresLeavesWhatASerialRunLeaves, ()) {
  check(any_program(), false);
}

RC_GTEST_PROP(Resume, AfterEditsLeavesWhatASerialRunOfTheNewFileLeaves, ()) {
  check(any_program(), true);
}

}  // namespace
}  // namespace shoal
