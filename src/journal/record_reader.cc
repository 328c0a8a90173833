#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "journal/json_line.h"
#include "journal/record.h"
#include "journal/state_words.h"

namespace shoal {
namespace {

using Value = JsonLine::Value;
using Kind = JsonLine::Kind;

/// Reads fields by key and remembers the first that cannot be read.
class FieldReader {
 public:
  explicit FieldReader(const JsonLine& line) : line_(line) {}

  template <class Integer>
  Integer integer(std::string_view key, Integer absent = {}) {
    const auto values = line_[key];
    return values.size() == 0 ? absent : integer_of<Integer>(key, values[0]);
  }
  template <class Integer>
  Integer integer_of(std::string_view key, const Value& value) {
    if (value.kind != Kind::integer || !std::in_range<Integer>(value.integer)) {
      complain(key);
      return {};
    }
    return static_cast<Integer>(value.integer);
  }
  /// Of text that is one of a few words.
  std::string_view word(std::string_view key) {
    const auto values = line_[key];
    if (values.size() == 0) return {};
    if (values[0].kind != Kind::text) complain(key);
    return values[0].text;
  }
  std::string text(std::string_view key) {
    const auto values = line_[key];
    return values.size() == 0 ? std::string() : text_of(key, values[0]);
  }
  std::string text_of(std::string_view key, const Value& value) {
    if (value.kind != Kind::text) complain(key);
    return original_bytes(value.text);
  }
  std::uint64_t hash(std::string_view key) {
    const auto values = line_[key];
    if (values.size() == 0) return 0;
    const std::string_view digits = values[0].text;
    const char* const end = digits.data() + digits.size();
    std::uint64_t hash = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, hash, 16);
    if (values[0].kind != Kind::text || error != std::errc{} || stop != end) complain(key);
    return hash;
  }
  WallTime time(std::string_view key) { return WallTime(Duration(integer<Duration::rep>(key))); }
  Duration seconds(std::string_view key) {
    constexpr double kLongest = 9e12;  // microseconds must fit 64 bits
    const auto values = line_[key];
    if (values.size() == 0) return Duration{0};
    const bool is_number = values[0].kind == Kind::real || values[0].kind == Kind::integer;
    if (!is_number || std::abs(values[0].real) > kLongest) {
      complain(key);
      return Duration{0};
    }
    return Duration(std::llround(values[0].real * 1e6));
  }
  CommandKey key() { return {hash("h"), integer<std::uint32_t>("n")}; }
  CommandId command() { return CommandId{integer<std::uint32_t>("c")}; }
  AttemptNumber attempt() { return AttemptNumber{integer<std::uint32_t>("a", 1)}; }
  JsonLine::Range values(std::string_view key) const { return line_[key]; }

  void complain(std::string_view key) {
    if (bad_key_.empty()) bad_key_ = key;
  }
  Expected<std::optional<JournalRecord>> finish(JournalRecord record) const {
    if (bad_key_.empty()) return record;
    return input_error({}, fmt::format("the value of \"{}\" cannot be read", bad_key_));
  }

 private:
  const JsonLine& line_;
  std::string_view bad_key_;  // keys are literals
};

Expected<std::optional<JournalRecord>> read_header(FieldReader& fields) {
  const int version = fields.integer<int>("version");
  const std::string writer = fields.text("shoal");
  if (version != kJournalVersion) {
    return input_error({},
                       fmt::format("the journal has format {}, and this shoal reads format {}",
                                   version, kJournalVersion),
                       fmt::format("Use shoal {}, which wrote it, or start a new run with --fresh",
                                   writer.empty() ? "of a newer version" : writer));
  }
  HeaderRecord record;
  record.run_id = fields.text("run");
  record.shoal_version = writer;
  record.jobs_file = fields.text("jobs");
  record.working_directory = fields.text("dir");
  record.created = fields.time("t");
  return fields.finish(std::move(record));
}

Expected<std::optional<JournalRecord>> read_open(FieldReader& fields) {
  OpenRecord record;
  record.time = fields.time("t");
  record.host = fields.text("host");
  record.pid = fields.integer<std::int64_t>("pid");
  record.slots = fields.integer<std::uint32_t>("slots");
  record.commands = fields.integer<std::uint32_t>("commands");
  record.mode = fields.text("mode");
  if (const auto target = fields.values("s3"); target.size() >= 2) {
    record.bucket = fields.text_of("s3", target[0]);
    record.prefix = fields.text_of("s3", target[1]);
  }
  return fields.finish(std::move(record));
}

/// Calls `read` for each row of a list of lists; rows that are shorter than
/// `shortest` cannot be read.
template <class ReadRow>
void for_each_row(FieldReader& fields, std::string_view key, std::size_t shortest, ReadRow read) {
  const auto values = fields.values(key);
  for (const Value* begin = values.begin(); begin != values.end();) {
    const Value* const end = std::find_if(
        begin, values.end(), [begin](const Value& value) { return value.row != begin->row; });
    const JsonLine::Range row{begin, end};
    if (row.size() < shortest) return fields.complain(key);
    read(row);
    begin = end;
  }
}

Expected<std::optional<JournalRecord>> read_start(FieldReader& fields) {
  StartRecord record;
  record.command = fields.command();
  record.key = fields.key();
  record.attempt = fields.attempt();
  record.time = fields.time("t");
  for_each_row(fields, "appended", 2, [&](const JsonLine::Range& row) {
    record.appended.emplace_back(fields.text_of("appended", row[0]),
                                 fields.integer_of<std::int64_t>("appended", row[1]));
  });
  record.only_upload = fields.word("only") == "upload";
  return fields.finish(std::move(record));
}

std::vector<Fingerprint> read_inputs(FieldReader& fields) {
  std::vector<Fingerprint> inputs;
  for_each_row(fields, "in", 3, [&](const JsonLine::Range& row) {
    Fingerprint input;
    input.path = fields.text_of("in", row[0]);
    input.size = fields.integer_of<std::int64_t>("in", row[1]);
    input.modified_nanoseconds = fields.integer_of<std::int64_t>("in", row[2]);
    if (row.size() > 3) input.sha256 = fields.text_of("in", row[3]);
    inputs.push_back(std::move(input));
  });
  return inputs;
}

std::vector<UploadedFile> read_uploads(FieldReader& fields) {
  std::vector<UploadedFile> uploads;
  for_each_row(fields, "up", 4, [&](const JsonLine::Range& row) {
    uploads.push_back({fields.text_of("up", row[0]), fields.text_of("up", row[1]),
                       fields.integer_of<std::uint64_t>("up", row[2]),
                       fields.text_of("up", row[3])});
  });
  return uploads;
}

Expected<std::optional<JournalRecord>> read_log(FieldReader& fields) {
  LogRecord record;
  record.command = fields.command();
  record.key = fields.key();
  record.attempt = fields.attempt();
  record.worker = fields.text("worker");
  const auto log = fields.values("log");
  if (log.size() < 2) {
    fields.complain("log");
  } else {
    record.slot = SlotIndex{fields.integer_of<std::uint32_t>("log", log[0])};
    record.begin = fields.integer_of<std::uint64_t>("log", log[1]);
  }
  return fields.finish(std::move(record));
}

Expected<std::optional<JournalRecord>> read_end(FieldReader& fields) {
  EndRecord record;
  AttemptResult& result = record.result;
  result.command = fields.command();
  record.key = fields.key();
  result.attempt = fields.attempt();
  const auto end = parse_end_class(fields.word("class"));
  if (!end) fields.complain("class");
  result.end = end.value_or(EndClass::failed);
  result.exit_code = fields.integer<int>("exit");
  result.signal = fields.integer<int>("signal");
  result.detail = fields.text("detail");
  result.started = fields.time("t");
  result.wall = fields.seconds("wall");
  result.usage.user = fields.seconds("user");
  result.usage.system = fields.seconds("sys");
  result.usage.peak_memory = fields.integer<std::uint64_t>("rss");
  result.warm = fields.values("warm").size() > 0;
  result.spared = fields.seconds("warm");
  record.shape = fields.hash("shape");
  result.worker = fields.text("worker");
  if (const auto log = fields.values("log"); log.size() >= 3) {
    result.log.slot = SlotIndex{fields.integer_of<std::uint32_t>("log", log[0])};
    result.log.begin = fields.integer_of<std::uint64_t>("log", log[1]);
    result.log.end = fields.integer_of<std::uint64_t>("log", log[2]);
  }
  result.inputs = read_inputs(fields);
  result.uploads = read_uploads(fields);
  result.only_upload = fields.word("only") == "upload";
  return fields.finish(std::move(record));
}

Expected<std::optional<JournalRecord>> read_settle(FieldReader& fields) {
  SettleRecord record;
  record.command = fields.command();
  record.key = fields.key();
  const auto state = parse_command_state(fields.word("state"));
  if (!state) fields.complain("state");
  record.state = state.value_or(CommandState::failed);
  if (const auto of = fields.values("of"); of.size() >= 2) {
    record.incomplete = Incomplete{fields.integer_of<std::uint32_t>("of", of[0]),
                                   fields.integer_of<std::uint32_t>("of", of[1])};
  }
  record.time = fields.time("t");
  return fields.finish(std::move(record));
}

std::vector<std::string> read_texts(FieldReader& fields, std::string_view key) {
  std::vector<std::string> texts;
  for (const Value& value : fields.values(key)) texts.push_back(fields.text_of(key, value));
  return texts;
}

/// A verdict that this shoal does not know is none that lets commands start warm.
Expected<std::optional<JournalRecord>> read_verify(FieldReader& fields) {
  VerifyRecord record;
  VerifiedStart& verified = record.verified;
  verified.command = fields.command();
  record.key = fields.key();
  record.shape = fields.hash("shape");
  verified.verdict = parse_start_verdict(fields.word("verdict")).value_or(StartVerdict::unknown);
  verified.differing = read_texts(fields, "differing");
  verified.unsteady = read_texts(fields, "unsteady");
  verified.exit_code = fields.integer<int>("exit");
  verified.why = fields.text("why");
  record.time = fields.time("t");
  return fields.finish(std::move(record));
}

Expected<std::optional<JournalRecord>> read_close(FieldReader& fields) {
  return fields.finish(CloseRecord{fields.time("t"), fields.integer<int>("exit")});
}

}  // namespace

Expected<std::optional<JournalRecord>> parse_record(std::string_view line) {
  const auto parsed = JsonLine::parse(line);
  if (!parsed) return tl::unexpected(parsed.error());
  FieldReader fields(*parsed);
  const std::string_view kind = fields.word("e");
  if (kind == "end") return read_end(fields);
  if (kind == "start") return read_start(fields);
  if (kind == "log") return read_log(fields);
  if (kind == "settle") return read_settle(fields);
  if (kind == "header") return read_header(fields);
  if (kind == "open") return read_open(fields);
  if (kind == "verify") return read_verify(fields);
  if (kind == "close") return read_close(fields);
  if (kind.empty()) return input_error({}, "a record without its kind (\"e\")");
  return std::nullopt;
}

}  // namespace shoal
