#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "app/completion.h"
#include "app/man_page.h"
#include "tests/support/temporary_folder.h"

namespace shoal {
namespace {

/// An app with every kind of option that the generators look at.
std::unique_ptr<CLI::App> make_app() {
  auto app = std::make_unique<CLI::App>("Run long lists of commands in the right order", "shoal");
  app->add_flag_callback(
      "--version", [] {}, "Print the version");
  app->add_option("-C,--directory", "Go there first")->type_name("FOLDER");
  app->footer("Reads \\backslashes\\ and\n.dots.");

  CLI::App* const run = app->add_subcommand("run", "Run the commands of a file.\n\nGoes on.");
  run->add_option("file", "The jobs file")->type_name("FILE")->required();
  run->add_option("-j,--jobs", "Commands at once")->type_name("N")->default_str("all cores");
  run->add_option("--mode", "How to order commands")->check(CLI::IsMember({"auto", "serial"}));
  run->add_flag_callback(
         "-q,--quiet", [] {}, "Say less")
      ->group("What is shown");
  run->add_flag_callback(
         "--secret", [] {}, "Never seen")
      ->group("");

  CLI::App* const plan = app->add_subcommand("plan", "Show the plan");
  plan->add_option("--format", "Which form")->type_name("FORMAT");
  plan->add_option("file", "The jobs file")->type_name("FILE");

  app->add_subcommand("logs", "Show output")->add_option("id", "A command")->type_name("ID");
  app->add_subcommand("hidden", "Not for people")->group("");
  CLI::App* const completion = app->add_subcommand("completion", "Print a completion script");
  completion->add_option("shell", "For which shell");
  return app;
}

const OptionChoices kChoices{{"--format", {"text", "json", "dot"}}, {"shell", {"bash"}}};

ManPageFacts facts() {
  return {
      "shoal 1.2.3",
      "2025-11-24",
      {{"EXIT STATUS", "0 when all is done.\n\n  1  some failed\n  2  bad input\n\nThat's all."}}};
}

struct Output {
  std::string text;
  int status = -1;
};

Output run_shell(const std::string& command) {
  Output output;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output.text += buffer.data();
  output.status = pclose(pipe);
  return output;
}

bool has_tool(const std::string& name) {
  return run_shell("command -v " + name + " >/dev/null 2>&1").status == 0;
}

/// What real bash offers for the last of `words`, run in a folder with a file
/// jobs.sh and a folder data.
std::set<std::string> offered(const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  const std::string script =
      folder.write("completion.bash", bash_completion(*make_app(), kChoices));
  std::filesystem::create_directories(folder / "work/data");
  folder.write("work/jobs.sh", "");
  std::string list;
  for (const std::string& word : words) list += "'" + word + "' ";
  const std::string driver = folder.write(
      "driver.bash", "source " + script + " && cd " + folder / "work" + "\nCOMP_WORDS=(" + list +
                         ")\nCOMP_CWORD=" + std::to_string(words.size() - 1) +
                         "\n_shoal\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
  const Output output = run_shell("bash --norc " + driver + " 2>&1");
  std::istringstream lines(output.text);
  std::set<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) found.insert(line);
  }
  return found;
}

using Words = std::set<std::string>;

TEST(BashCompletion, OffersVisibleSubcommands) {
  EXPECT_EQ(offered({"shoal", ""}), (Words{"run", "plan", "logs", "completion"}));
  EXPECT_EQ(offered({"shoal", "pl"}), Words{"plan"});
}

TEST(BashCompletion, OffersTheOptionsOfTheSubcommandThatStandsThere) {
  EXPECT_EQ(offered({"shoal", "run", "--"}), (Words{"--jobs", "--mode", "--quiet", "--help"}));
  EXPECT_EQ(offered({"shoal", "plan", "jobs.sh", "--f"}), Words{"--format"});
  EXPECT_EQ(offered({"shoal", "--v"}), Words{"--version"});
}

TEST(BashCompletion, OffersTheKnownValuesOfAnOption) {
  EXPECT_EQ(offered({"shoal", "run", "--mode", ""}), (Words{"auto", "serial"}));
  EXPECT_EQ(offered({"shoal", "plan", "--format", "j"}), Words{"json"});
  EXPECT_EQ(offered({"shoal", "completion", ""}), Words{"bash"});
}

TEST(BashCompletion, UnderstandsAnEqualsSign) {
  EXPECT_EQ(offered({"shoal", "run", "--mode", "="}), (Words{"auto", "serial"}));
  EXPECT_EQ(offered({"shoal", "run", "--mode", "=", "s"}), Words{"serial"});
}

TEST(BashCompletion, OffersFilesAndFoldersWhereTheyAreWanted) {
  EXPECT_EQ(offered({"shoal", "run", ""}), (Words{"data", "jobs.sh"}));
  EXPECT_EQ(offered({"shoal", "-C", ""}), Words{"data"});
}

TEST(BashCompletion, OffersNothingForAValueThatOnlyThePersonKnows) {
  EXPECT_EQ(offered({"shoal", "run", "-j", ""}), Words{});
  EXPECT_EQ(offered({"shoal", "logs", ""}), Words{});
}

TEST(BashCompletion, DoesNotTakeAnOperandForASubcommand) {
  EXPECT_EQ(offered({"shoal", "-C", "plan", "run", "--m"}), Words{"--mode"});
}

TEST(ManPage, NamesEverySubcommandAndOptionButTheHiddenOnes) {
  const std::string page = man_page(*make_app(), facts());
  for (const std::string part :
       {".SS \"shoal run\"", "\\fB\\-j\\fR, \\fB\\-\\-jobs\\fR \\fIN\\fR", "\\fBall cores\\fR",
        "One of \\fBauto\\fR, \\fBserial\\fR.", "\\fIfile\\fR", ".SH \"EXIT STATUS\"",
        "shoal \\- Run long lists of commands in the right order"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page.find("secret"), std::string::npos);
  EXPECT_EQ(page.find("Not for people"), std::string::npos);
}

TEST(ManPage, IsTheSameEveryTime) {
  EXPECT_EQ(man_page(*make_app(), facts()), man_page(*make_app(), facts()));
  EXPECT_EQ(bash_completion(*make_app(), kChoices), bash_completion(*make_app(), kChoices));
}

TEST(ManPage, IsSetByGroffWithoutAWarning) {
  if (!has_tool("groff")) GTEST_SKIP() << "groff is not installed: the man page was not set";
  const TemporaryFolder folder;
  const std::string page = folder.write("shoal.1", man_page(*make_app(), facts()));
  const std::string errors = folder / "errors";
  const Output shown =
      run_shell("LC_ALL=C.UTF-8 groff -man -Tutf8 -P-cbou -ww -rLL=78n " + page + " 2>" + errors);
  const Output warnings = run_shell("cat " + errors);
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(warnings.text, "");
  for (const std::string part :
       {"SHOAL(1)", "shoal run [OPTION]... file", "-j, --jobs N",
        "Reads \\backslashes\\ and .dots.", "1  some failed", "That's all."}) {
    EXPECT_NE(shown.text.find(part), std::string::npos) << part << "\n" << shown.text;
  }
}

}  // namespace
}  // namespace shoal
