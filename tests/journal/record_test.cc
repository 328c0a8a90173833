#include "journal/record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tests/journal/sample_records.h"

namespace shoal {
namespace {

/// Bytes that are hard for JSON: quotes, controls, NUL, cut and whole UTF-8.
rc::Gen<std::string> any_text() {
  static const std::vector<std::string> kPieces = {
      "a",       "data/x.csv", "\"",  "\\",   "\n",   "\t",           "\r", std::string(1, '\0'),
      "\x01",    "\x7F",       "Zoë", "\xC3", "\xFF", "\xED\xA0\x80", "😀",  "\xF0\x9F",
      "\\u0000", "00",         "ff"};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces)),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& piece : pieces) text += piece;
                        return text;
                      });
}

WallTime any_time() { return WallTime(Duration(*rc::gen::inRange<std::int64_t>(0, 1LL << 52))); }
Duration any_duration() { return Duration(*rc::gen::inRange<std::int64_t>(0, 1LL << 42)); }
CommandKey any_key() {
  return {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint32_t>()};
}
CommandId any_command() { return CommandId{*rc::gen::arbitrary<std::uint32_t>()}; }

JournalRecord any_end() {
  EndRecord record{any_key(), *rc::gen::arbitrary<std::uint64_t>(), {}};
  AttemptResult& result = record.result;
  result.command = any_command();
  result.attempt = AttemptNumber{*rc::gen::inRange(0U, 4U)};
  result.end = static_cast<EndClass>(*rc::gen::inRange(0, 11));
  result.exit_code = *rc::gen::inRange(-1, 256);
  result.signal = *rc::gen::inRange(0, 65);
  result.detail = *any_text();
  result.worker = *any_text();
  result.started = any_time();
  result.wall = any_duration();
  result.usage = {any_duration(), any_duration(), *rc::gen::inRange<std::uint64_t>(0, 1ULL << 62)};
  result.log = {SlotIndex{*rc::gen::arbitrary<std::uint32_t>()},
                *rc::gen::inRange<std::uint64_t>(0, 1ULL << 62), 7};
  const int inputs = *rc::gen::inRange(0, 4);
  for (int i = 0; i < inputs; ++i) {
    Fingerprint input{*any_text(), *rc::gen::inRange<std::int64_t>(-1, 1LL << 62),
                      *rc::gen::inRange<std::int64_t>(-5, 1LL << 62), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) input.sha256 = "9f86d081";
    result.inputs.push_back(std::move(input));
  }
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    result.uploads.push_back(
        {*any_text(), *any_text(), *rc::gen::inRange<std::uint64_t>(0, 1ULL << 62), "9f86d081"});
  }
  result.only_upload = *rc::gen::arbitrary<bool>();
  return record;
}

JournalRecord any_record() {
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return HeaderRecord{*any_text(), *any_text(), *any_text(), *any_text(), any_time()};
    case 1:
      return OpenRecord{any_time(), *any_text(), *rc::gen::arbitrary<std::int32_t>(),
                        4,          5,           *any_text(),
                        "bucket",   *any_text()};
    case 2: {
      StartRecord record{any_command(), any_key(), AttemptNumber{*rc::gen::inRange(0U, 4U)},
                         any_time(),    {},        *rc::gen::arbitrary<bool>()};
      const int files = *rc::gen::inRange(0, 3);
      for (int i = 0; i < files; ++i) {
        record.appended.emplace_back(*any_text(), *rc::gen::inRange<std::int64_t>(-1, 1LL << 62));
      }
      return record;
    }
    case 3:
      return any_end();
    case 4: {
      SettleRecord record{any_command(),
                          any_key(),
                          static_cast<CommandState>(*rc::gen::inRange(0, 8)),
                          {},
                          any_time()};
      if (*rc::gen::arbitrary<bool>()) record.incomplete = Incomplete{6, 12};
      return record;
    }
    case 5:
      return LogRecord{any_command(),
                       any_key(),
                       AttemptNumber{*rc::gen::inRange(0U, 4U)},
                       SlotIndex{*rc::gen::arbitrary<std::uint32_t>()},
                       *rc::gen::inRange<std::uint64_t>(0, 1ULL << 62),
                       *any_text()};
    case 6: {
      VerifyRecord record{any_key(), *rc::gen::arbitrary<std::uint64_t>(), any_time(), {}};
      record.verified.command = any_command();
      record.verified.verdict = static_cast<StartVerdict>(*rc::gen::inRange(0, 3));
      record.verified.exit_code = *rc::gen::inRange(0, 256);
      record.verified.why = *any_text();
      const int files = *rc::gen::inRange(0, 3);
      for (int i = 0; i < files; ++i) record.verified.differing.push_back(*any_text());
      for (int i = 0; i < files; ++i) record.verified.unsteady.push_back(*any_text());
      return record;
    }
    default:
      return CloseRecord{any_time(), *rc::gen::inRange(0, 256)};
  }
}

/// Equality by members; the line itself must not be what is compared.
struct Equal {
  bool operator()(const HeaderRecord& a, const HeaderRecord& b) const {
    return a.run_id == b.run_id && a.shoal_version == b.shoal_version &&
           a.jobs_file == b.jobs_file && a.working_directory == b.working_directory &&
           a.created == b.created;
  }
  bool operator()(const OpenRecord& a, const OpenRecord& b) const {
    return a.time == b.time && a.host == b.host && a.pid == b.pid && a.slots == b.slots &&
           a.commands == b.commands && a.mode == b.mode && a.bucket == b.bucket &&
           a.prefix == b.prefix;
  }
  bool operator()(const StartRecord& a, const StartRecord& b) const {
    return a.command == b.command && a.key == b.key && a.attempt == b.attempt && a.time == b.time &&
           a.appended == b.appended && a.only_upload == b.only_upload;
  }
  bool operator()(const LogRecord& a, const LogRecord& b) const {
    return a.command == b.command && a.key == b.key && a.attempt == b.attempt && a.slot == b.slot &&
           a.begin == b.begin && a.worker == b.worker;
  }
  bool operator()(const EndRecord& x, const EndRecord& y) const {
    const AttemptResult& a = x.result;
    const AttemptResult& b = y.result;
    return x.key == y.key && x.shape == y.shape && a.command == b.command &&
           a.attempt == b.attempt && a.end == b.end && a.exit_code == b.exit_code &&
           a.signal == b.signal && a.detail == b.detail && a.worker == b.worker &&
           a.started == b.started && a.wall == b.wall && a.usage.user == b.usage.user &&
           a.usage.system == b.usage.system && a.usage.peak_memory == b.usage.peak_memory &&
           a.log.slot == b.log.slot && a.log.begin == b.log.begin && a.log.end == b.log.end &&
           a.inputs == b.inputs && a.uploads == b.uploads && a.only_upload == b.only_upload;
  }
  bool operator()(const SettleRecord& a, const SettleRecord& b) const {
    return a.command == b.command && a.key == b.key && a.state == b.state && a.time == b.time &&
           a.incomplete.has_value() == b.incomplete.has_value() &&
           (!a.incomplete || (a.incomplete->succeeded == b.incomplete->succeeded &&
                              a.incomplete->total == b.incomplete->total));
  }
  bool operator()(const VerifyRecord& a, const VerifyRecord& b) const {
    return a.key == b.key && a.shape == b.shape && a.time == b.time && a.verified == b.verified;
  }
  bool operator()(const CloseRecord& a, const CloseRecord& b) const {
    return a.time == b.time && a.exit_code == b.exit_code;
  }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

RC_GTEST_PROP(Record, SurvivesARoundTripWhateverItsBytes, ()) {
  const JournalRecord record = any_record();
  const std::string line = line_of(record);
  RC_ASSERT(line.find('\n') == line.size() - 1);
  RC_ASSERT(valid_utf8(line) == line);
  RC_ASSERT(nlohmann::json::accept(line));
  const auto read = parse_record(std::string_view(line).substr(0, line.size() - 1));
  RC_ASSERT(read.has_value() && read->has_value());
  RC_ASSERT(std::visit(Equal{}, record, **read));
}

TEST(Record, OfASuccessHasOnlyWhatIsNotTheDefault) {
  EXPECT_EQ(line_of(sample_end(17)),
            R"({"e":"end","c":17,"h":"0000000001036673","class":"ok","t":1732456789000017,)"
            R"("wall":1.234567,"log":[0,0,0]})"
            "\n");
  EXPECT_EQ(line_of(sample_start(17)),
            R"({"e":"start","c":17,"h":"0000000001036673","t":1732456789000017})"
            "\n");
}

TEST(Record, WritesAByteThatIsNoUtf8AsNulAndTwoDigits) {
  StartRecord record = sample_start(1);
  record.appended = {{"a\xFF", 3}};
  EXPECT_NE(line_of(record).find(R"([["a\u0000ff",3]])"), std::string::npos);
}

TEST(Record, PassesOverKeysAndKindsThatItDoesNotKnow) {
  const auto close = parse_record(
      R"({"e":"close","new":{"deep":[[[{"t":9}]]]},"list":[1,[2,{"exit":5}]],"t":7,"exit":1})");
  ASSERT_TRUE(close && *close);
  EXPECT_EQ(std::get<CloseRecord>(**close).time, WallTime(Duration(7)));
  EXPECT_EQ(std::get<CloseRecord>(**close).exit_code, 1);
  const auto unknown = parse_record(R"({"e":"lease","c":3})");
  ASSERT_TRUE(unknown.has_value());
  EXPECT_FALSE(unknown->has_value());
}

/// Other programs may have written the line anew: with spaces, with escapes
/// where none are needed, with other spellings of numbers.
TEST(Record, IsReadInAnySpellingOfJson) {
  for (const std::string_view line :
       {R"({"e":"close","t":1732456789000000,"exit":130})",
        R"({ "e" : "close", "t" : 1732456789000000, "exit" : 130 })",
        R"({"\u0065":"cl\u006fse","t":1732456789000000,"exit":130})",
        R"({"exit":130,"t":1732456789000000,"e":"close","new":[],"older":{},"none":null})"}) {
    const auto read = parse_record(line);
    ASSERT_TRUE(read && *read) << line;
    EXPECT_EQ(std::get<CloseRecord>(**read).time, WallTime(Duration(1732456789000000))) << line;
    EXPECT_EQ(std::get<CloseRecord>(**read).exit_code, 130) << line;
  }
}

TEST(Record, ReadsSecondsInAnySpelling) {
  for (const std::string_view wall :
       {"12.5", "12.500000", "1.25e1", "125E-1", "12.5000000000000000000"}) {
    const auto read =
        parse_record(std::string(R"({"e":"end","class":"ok","wall":)").append(wall).append("}"));
    ASSERT_TRUE(read && *read) << wall;
    EXPECT_EQ(std::get<EndRecord>(**read).result.wall, Duration(12'500'000)) << wall;
  }
}

TEST(Record, OfANewerFormatSaysWhichShoalReadsIt) {
  const auto header = parse_record(R"({"e":"header","version":2,"shoal":"3.1.0"})");
  ASSERT_FALSE(header.has_value());
  EXPECT_NE(header.error().message.find("format 2"), std::string::npos);
  EXPECT_NE(header.error().cure.find("shoal 3.1.0"), std::string::npos);
}

TEST(Record, ThatIsBrokenIsAnErrorNotAGuess) {
  for (const std::string_view line : {"",
                                      "x",
                                      "[]",
                                      "7",
                                      R"({"e":"end")",
                                      R"({"c":1})",
                                      R"({"e":7})",
                                      R"({"e":"end","class":"splendid"})",
                                      R"({"e":"start","c":-1})",
                                      R"({"e":"start","c":4294967296})",
                                      R"({"e":"start","c":"1"})",
                                      R"({"e":"start","h":"xyz"})",
                                      R"({"e":"end","class":"ok","wall":1e300})",
                                      R"({"e":"end","class":"ok","in":[["a",1]]})",
                                      R"({"e":"settle","state":"lost"})",
                                      R"({"e":"close","exit":01})",
                                      R"({"e":"close",})",
                                      R"({"e":"close"}})",
                                      R"({"e":"close"} x)",
                                      R"({"e":"close","exit":1.})",
                                      R"({"e":"close","exit":-})",
                                      R"({"e":"close","t":9223372036854775808})",
                                      R"({"e":"close","t":99999999999999999999})",
                                      R"({"e":"close","x":[1,})",
                                      "{\"e\":\"close\",\"x\":\"\xFF\"}",
                                      "{\"e\":\"close\",\"x\":\"\t\"}"}) {
    EXPECT_FALSE(parse_record(line).has_value()) << line;
  }
}

TEST(Record, OfASettledStateIsNeededOnlyForWhatItsEndDoesNotSay) {
  SettleAction action;
  action.state = CommandState::done;
  action.end = EndClass::ok;
  EXPECT_FALSE(needs_settle_record(action));
  action.incomplete = Incomplete{6, 12};
  EXPECT_TRUE(needs_settle_record(action));
  action.incomplete.reset();
  action.state = CommandState::ready;  // a retry
  action.end = EndClass::lost;
  EXPECT_FALSE(needs_settle_record(action));
  action.state = CommandState::failed;
  EXPECT_TRUE(needs_settle_record(action));
  action.state = CommandState::skipped;
  EXPECT_TRUE(needs_settle_record(action));
}

}  // namespace
}  // namespace shoal
