#include "plan/command_table.h"

#include <gtest/gtest.h>

#include "plan/table_toml.h"
#include "tests/plan/planning.h"

namespace shoal {
namespace {

/// The plan of some lines with a user's rows before the built-in ones.
struct WithRows {
  WithRows(std::string_view rows, const std::string& jobs) : text(jobs_text(jobs)) {
    CommandTable table = CommandTable::built_in();
    const auto added = table.add_toml(rows, "mine.toml");
    EXPECT_TRUE(added) << added.error().sentence();
    PlanOptions options;
    options.environment = [](std::string_view) { return std::optional<std::string>(); };
    plan = make_plan(text, table, options).value();
  }
  JobsText text;
  Plan plan;
};

std::string error_of(std::string_view rows) {
  CommandTable table = CommandTable::built_in();
  const auto added = table.add_toml(rows, "mine.toml");
  return added ? "" : added.error().sentence();
}

TEST(CommandTable, BuiltInRowsCanBeRead) {
  std::vector<TemporariesRule> temporaries;
  const auto rows = read_command_rows(built_in_commands(), "commands.toml", temporaries);
  ASSERT_TRUE(rows) << rows.error().sentence();
  EXPECT_GT(rows->size(), 50U);
}

TEST(CommandTable, AUsersRowDescribesAProgramNamedByItsPlaceToo) {
  const WithRows with("[[command]]\nprogram = \"fit\"\noption.\"-o\" = { writes = \"{}\" }\n",
                      "./fit -o a\ntools/fit -o b\n./cat c\n");
  EXPECT_EQ(paths_of(with.plan, CommandId{1}, AccessMode::write), std::vector<std::string>{"a"});
  EXPECT_EQ(paths_of(with.plan, CommandId{2}, AccessMode::write), std::vector<std::string>{"b"});
  EXPECT_NE(with.plan.kind(CommandId{3}), "cat") << "a built-in row does not mean the user's own";
}

TEST(CommandTable, AUsersRowComesFirst) {
  const WithRows with(R"(
[[command]]
program = "train.py"
kind = "train"
flags = "--verbose"
option."-d, --data" = { reads = "{}" }
option."-m, --model" = { writes = ["{}", "{stem}.log"], default = "model.bin" }
rest = { reads = "{}" }

[[command]]
program = "cat"
barrier = true
)",
                      "python train.py --data=in.csv --verbose extra.txt\ncat x\n");
  EXPECT_EQ(with.plan.kind(CommandId{1}), "train");
  EXPECT_EQ(paths_of(with.plan, CommandId{1}, AccessMode::read),
            (std::vector<std::string>{"train.py", "in.csv", "extra.txt"}));
  EXPECT_EQ(paths_of(with.plan, CommandId{1}, AccessMode::write),
            (std::vector<std::string>{"model.bin", "model.log"}));
  EXPECT_TRUE(with.plan.is_barrier(CommandId{2}));
}

TEST(CommandTable, AnOptionThatNoRowNamesMayWriteItsValue) {
  const WithRows with("", "asreview simulate --new-option x.db data.csv -o a.asreview\n");
  EXPECT_EQ(paths_of(with.plan, CommandId{1}, AccessMode::write),
            (std::vector<std::string>{"x.db", "a.asreview", "data.csv"}));
}

TEST(CommandTable, OptionsWithManyValuesTakeAllUpToTheNext) {
  const WithRows with(R"(
[[command]]
program = "join_all"
option."--in" = { reads = "{}", many = true }
option."--out" = { writes = "{}" }
)",
                      "join_all --in a.csv b.csv c.csv --out d.csv\n");
  EXPECT_EQ(paths_of(with.plan, CommandId{1}, AccessMode::read),
            (std::vector<std::string>{"a.csv", "b.csv", "c.csv"}));
}

TEST(CommandTable, TemporariesOfAUsersProgramAreCleanedUp) {
  const WithRows with(R"(
[[command]]
program = "slow"
option."-o" = { writes = "{}", temporaries = [".part"] }
)",
                      "slow -o a.bin\nslow -o a.txt\n");
  const auto clean_up = with.plan.clean_up(CommandId{1});
  ASSERT_TRUE(clean_up);
  EXPECT_EQ(clean_up->leftovers, std::vector<std::string>{"a.part"});
  EXPECT_TRUE(waits_for(with.plan, "a.txt", "a.bin"));
}

TEST(CommandTable, ErrorsNameTheirLine) {
  EXPECT_NE(error_of("[[command]]\nprogram = \"x\"\ncolour = \"red\"\n").find("mine.toml:3"),
            std::string::npos);
  EXPECT_NE(error_of("[[command]]\nkind = \"x\"\n").find("a row needs a program"),
            std::string::npos);
  EXPECT_NE(error_of("[[command]\n").find("mine.toml:1"), std::string::npos);
  EXPECT_NE(
      error_of("[[command]]\nprogram = \"x\"\nrest = { reads = \"{nothing}\" }\n").find("braces"),
      std::string::npos);
  EXPECT_NE(error_of("[[command]]\nprogram = \"x\"\noption.\"-o\" = { writes = 3 }\n")
                .find("mine.toml:3"),
            std::string::npos);
  EXPECT_NE(error_of("command = 3\n").find("[[command]]"), std::string::npos);
}

TEST(CommandTable, AnErrorLeavesTheTableAsItWas) {
  CommandTable table = CommandTable::built_in();
  ASSERT_FALSE(table.add_toml("[[command]]\nprogram = \"cat\"\nbarrier = 3\n", "mine.toml"));
  EXPECT_EQ(table.rows_of("cat").size(), 1U);
}

TEST(CommandTable, FindsRowsWhateverTheVersion) {
  const CommandTable table = CommandTable::built_in();
  EXPECT_FALSE(table.rows_of("python3.11").empty());
  EXPECT_FALSE(table.rows_of("pypy3").empty());
  EXPECT_TRUE(table.rows_of("pythonic").empty());
}

}  // namespace
}  // namespace shoal
