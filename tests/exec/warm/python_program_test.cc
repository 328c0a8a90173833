#include "exec/warm/python_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "exec/descriptor.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

class PythonProgramTest : public testing::Test {
 protected:
  PythonProgramTest() {
    std::filesystem::create_directories(folder / "bin");
    // Only looked at: it must be a program, not Python.
    std::filesystem::create_symlink("/bin/sh", folder / "bin/python3.11");
    std::filesystem::create_symlink("python3.11", folder / "bin/python");
  }
  void script(const std::string& name, const std::string& first_line) {
    folder.write(name, first_line + "\nprint()\n");
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
  }
  /// The interpreter and its words, joined by `|`; "cold".
  std::string found(const std::vector<std::string>& words) {
    const FileDescriptor here(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
    const auto program = find_python_program(words, folder / "bin", here.get());
    if (!program) return "cold";
    std::string text = program->is_module ? "module " : "script ";
    text += program->interpreter.substr(folder.path().size() + 1);
    for (const std::string& word : program->words) {
      text += "|" + (word.starts_with(folder.path()) ? word.substr(folder.path().size()) : word);
    }
    return text;
  }

  TemporaryFolder folder;
};

TEST_F(PythonProgramTest, AnInterpreterGetsAScriptOrAModule) {
  EXPECT_EQ(found({"python", "a.py", "-x"}), "script bin/python|python|a.py|-x");
  EXPECT_EQ(found({"python3.11", "-m", "a.b", "-c"}), "module bin/python3.11|python3.11|-m|a.b|-c");
}

TEST_F(PythonProgramTest, OptionsOfTheInterpreterAreLeftToIt) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"python"},
                                                                 {"python", "-"},
                                                                 {"python", ""},
                                                                 {"python", "-c", "1"},
                                                                 {"python", "-I", "a.py"},
                                                                 {"python", "-ma"},
                                                                 {"python", "-m"},
                                                                 {"python", "-m", "a-b"},
                                                                 {"python", "-m", "a."}}) {
    EXPECT_EQ(found(words), "cold") << words.size();
  }
}

TEST_F(PythonProgramTest, AConsoleScriptNamesItsInterpreter) {
  script("bin/tool", "#!" + (folder / "bin/python"));
  script("bin/by-env", "#!/usr/bin/env python3.11");
  EXPECT_EQ(found({"tool", "x"}), "script bin/python|/bin/python|/bin/tool|x");
  EXPECT_EQ(found({"by-env"}), "script bin/python3.11|python3.11|/bin/by-env");
}

TEST_F(PythonProgramTest, OtherProgramsAreNone) {
  script("bin/options", "#!" + (folder / "bin/python") + " -E");
  script("bin/relative", "#!python");
  script("bin/shell", "#!/bin/sh");
  script("bin/env-options", "#!/usr/bin/env -S python");
  script("bin/python9", "#!/bin/sh");  // a wrapper, as version managers have
  folder.write("bin/no-program", "#!" + (folder / "bin/python") + "\n");
  for (const char* name : {"options", "relative", "shell", "env-options", "no-program", "absent"}) {
    EXPECT_EQ(found({name, "x"}), "cold") << name;
  }
  EXPECT_EQ(found({"python9", "a.py"}), "cold");
}

}  // namespace
}  // namespace shoal
