#include "job/jobs_text.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

std::string text_of(std::string bytes, std::string name = "jobs.sh") {
  const auto text = JobsText::from(std::move(bytes), std::move(name));
  return text ? std::string(text->text()) : text.error().sentence();
}

TEST(JobsText, DropsTheByteOrderMarkAndCarriageReturns) {
  EXPECT_EQ(text_of("\xEF\xBB\xBFmkdir a\r\nmkdir b\r\n"), "mkdir a\nmkdir b\n");
  EXPECT_EQ(text_of("a\r\n\r\n\r\nb\rc\r\r\nd\r"), "a\n\n\nb\rc\r\nd\r");
  EXPECT_EQ(text_of("\r\n"), "\n");
}

TEST(JobsText, LeavesInvalidUtf8AndMissingNewlinesAlone) {
  EXPECT_EQ(text_of("echo \xFF\xC0"), "echo \xFF\xC0");
}

TEST(JobsText, RefusesEmptyAndBinaryFilesWithACure) {
  for (const std::string& bytes : {std::string(), std::string("a\nb\0c", 5)}) {
    const auto text = JobsText::from(bytes, "some/jobs.sh");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().kind, ErrorKind::input);
    EXPECT_EQ(text.error().place, "some/jobs.sh");
    EXPECT_FALSE(text.error().cure.empty());
  }
  EXPECT_NE(text_of(std::string("a\nb\0c", 5)).find("line 2"), std::string::npos);
}

TEST(JobsText, AcceptsAFileOfNothingButBlanksAndComments) {
  EXPECT_EQ(text_of(" \n# nothing\n"), " \n# nothing\n");
}

TEST(JobsText, TurnsABatchFileIntoShellLinesWithTheSameNumbers) {
  const std::string batch =
      "@ echo off\r\nCOLOR E0\r\n\r\n:: version 1.1\r\n  REM it's\r\n::::::::::\r\n"
      "mkdir output\\simulation\\A\\\r\nremove x\r\n";
  const std::string shell = "\n\n\n\n\n\nmkdir output/simulation/A/\nremove x\n";
  EXPECT_EQ(text_of(batch), shell);
  EXPECT_EQ(text_of(batch.substr(12), "JOBS.BAT"), shell.substr(1));
  EXPECT_EQ(text_of("mkdir a\\ b\n"), "mkdir a\\ b\n");
}

TEST(JobsText, KnowsTheInterpreterOfItsFirstLine) {
  EXPECT_EQ(JobsText::from("#! /bin/bash -e \nx", "j")->interpreter(), "/bin/bash -e");
  EXPECT_EQ(JobsText::from("#!/bin/sh", "j")->interpreter(), "/bin/sh");
  EXPECT_EQ(JobsText::from("\n#!/bin/sh", "j")->interpreter(), "");
}

}  // namespace
}  // namespace shoal
