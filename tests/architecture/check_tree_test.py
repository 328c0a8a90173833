#!/usr/bin/env python3
"""Tests of check_tree.py: trees with one fault each must be found out."""

import tempfile
import unittest
from pathlib import Path

from check_tree import complaints_about_tree


class CheckTree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "src"
        self.write("base/ids.h", "#pragma once\n#include <string>\n")
        self.write("job/command.h", '#pragma once\n#include "base/ids.h"\n')
        self.write("view/summary.h", '#pragma once\n#include "job/command.h"\n')

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def assert_one_complaint(self, *parts: str) -> None:
        complaints = complaints_about_tree(self.root)
        self.assertEqual(len(complaints), 1, complaints)
        for part in parts:
            self.assertIn(part, complaints[0])

    def test_a_sound_tree_has_no_complaints(self):
        self.assertEqual(complaints_about_tree(self.root), [])

    def test_an_arrow_to_a_later_step_is_found(self):
        self.write("job/words.cc", '#include "view/summary.h"\n')
        self.assert_one_complaint("job/words.cc:1", "job must not include view/summary.h")

    def test_an_arrow_between_neighbours_is_found(self):
        self.write("s3/upload.h", "#pragma once\n")
        self.write("view/page.cc", '\n#include "s3/upload.h"\n')
        self.assert_one_complaint("view/page.cc:2", "view must not include s3/upload.h")

    def test_a_heavy_header_in_a_header_is_found(self):
        for heavy in ("CLI/CLI.hpp", "nlohmann/json.hpp", "httplib.h", "toml.hpp", "toml++/toml.h"):
            self.write("base/text.h", f"#pragma once\n#include <{heavy}>\n")
            self.assert_one_complaint("base/text.h:2", heavy)

    def test_a_heavy_header_in_a_source_file_is_fine(self):
        self.write("base/text.cc", "#include <nlohmann/json.hpp>\n")
        self.assertEqual(complaints_about_tree(self.root), [])

    def test_a_forward_declaration_of_json_is_light(self):
        self.write("base/text.h", "#pragma once\n#include <nlohmann/json_fwd.hpp>\n")
        self.assertEqual(complaints_about_tree(self.root), [])

    def test_a_file_of_401_lines_is_found(self):
        self.write("base/long.cc", "//\n" * 400)
        self.assertEqual(complaints_about_tree(self.root), [])
        self.write("base/long.cc", "//\n" * 401)
        self.assert_one_complaint("base/long.cc", "401 lines")

    def test_an_unknown_folder_is_found(self):
        self.write("util/things.cc", "\n")
        self.assert_one_complaint("'util' is not a step")

    def test_an_include_beside_the_file_is_found(self):
        self.write("job/words.cc", '#include "command.h"\n')
        self.assert_one_complaint("command.h is not a path below src/")

    def test_an_empty_tree_is_found(self):
        empty = self.root / "nothing"
        empty.mkdir()
        self.assertEqual(len(complaints_about_tree(empty)), 1)


if __name__ == "__main__":
    unittest.main()
