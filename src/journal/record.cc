#include "journal/record.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "journal/state_words.h"

namespace shoal {
namespace {

constexpr std::size_t kLongestUtf8Sequence = 4;
constexpr std::string_view kUpload = "upload";

void append_escaped_ascii(unsigned char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (c == 0) {
    out += "\\u000000";
  } else if (c < 0x20) {
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"), c);
  } else {
    out += static_cast<char>(c);
  }
}

/// The length of the valid UTF-8 sequence at the front, 0 when there is none.
std::size_t valid_sequence(std::string_view text) {
  for (std::size_t length = 1; length <= kLongestUtf8Sequence && length <= text.size(); ++length) {
    const std::string_view sequence = text.substr(0, length);
    if (valid_utf8(sequence) == sequence) return length;
  }
  return 0;
}

/// Text with bytes that are no UTF-8: each becomes U+0000 and its two hex
/// digits, which no path can contain otherwise.
void append_bytes(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t length = valid_sequence(text);
    if (length == 0) {
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u0000{:02x}"),
                     static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else if (length == 1) {
      append_escaped_ascii(static_cast<unsigned char>(text.front()), out);
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
}

void append_string(std::string_view text, std::string& out) {
  bool plain = true;
  bool ascii = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte >= 0x20 && byte != '"' && byte != '\\';
    ascii = ascii && byte < 0x80;
  }
  out += '"';
  if (!ascii && valid_utf8(text) != text) {
    append_bytes(text, out);
  } else if (plain) {
    out += text;
  } else {
    for (const char c : text) append_escaped_ascii(static_cast<unsigned char>(c), out);
  }
  out += '"';
}

/// One object on one line. Keys are written in the order of the calls.
class LineWriter {
 public:
  LineWriter(std::string& out, std::string_view kind) : out_(out) {
    out_ += R"({"e":")";
    out_ += kind;
    out_ += '"';
  }
  void finish() { out_ += "}\n"; }

  template <class Integer>
  void integer(std::string_view key, Integer value) {
    begin(key);
    append_value(value);
  }
  template <class Integer>
  void integer_unless(std::string_view key, Integer value, Integer omitted) {
    if (value != omitted) integer(key, value);
  }
  void text(std::string_view key, std::string_view value) {
    begin(key);
    append_string(value, out_);
  }
  void text_unless_empty(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void hash(std::string_view key, std::uint64_t value) {
    begin(key);
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("\"{:016x}\""), value);
  }
  void time(std::string_view key, WallTime value) {
    integer(key, value.time_since_epoch().count());
  }
  void seconds(std::string_view key, Duration value) {
    value = std::max(value, Duration{0});
    begin(key);
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}.{:06}"), value.count() / 1'000'000,
                   value.count() % 1'000'000);
  }
  void seconds_unless_zero(std::string_view key, Duration value) {
    if (value.count() != 0) seconds(key, value);
  }
  void key(const CommandKey& value) {
    hash("h", value.hash);
    integer_unless("n", value.occurrence, 0U);
  }

  /// A list of the values, each an integer or a text.
  template <class... Values>
  void list(std::string_view key, const Values&... values) {
    begin(key);
    append_list(values...);
  }
  void texts_unless_none(std::string_view key, const std::vector<std::string>& values) {
    if (!values.empty()) {
      rows(key, values, [this](const std::string& value) { append_string(value, out_); });
    }
  }
  /// A list of lists, one for each element: `write_row` gets the element and
  /// calls append_list.
  template <class Rows, class WriteRow>
  void rows(std::string_view key, const Rows& all, WriteRow write_row) {
    begin(key);
    char separator = '[';
    for (const auto& each : all) {
      out_ += separator;
      write_row(each);
      separator = ',';
    }
    out_ += ']';
  }
  template <class... Values>
  void append_list(const Values&... values) {
    char separator = '[';
    const auto add = [&](const auto& value) {
      out_ += separator;
      append_value(value);
      separator = ',';
    };
    (add(values), ...);
    out_ += ']';
  }

 private:
  void begin(std::string_view key) {
    out_ += ",\"";
    out_ += key;
    out_ += "\":";
  }
  void append_value(const std::string& text) { append_string(text, out_); }
  template <class Integer>
  void append_value(Integer value) {
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
  }

  std::string& out_;
};

void write(const HeaderRecord& record, std::string& out) {
  LineWriter line(out, "header");
  line.integer("version", kJournalVersion);
  line.text("shoal", record.shoal_version);
  line.text("run", record.run_id);
  line.text("jobs", record.jobs_file);
  line.text("dir", record.working_directory);
  line.time("t", record.created);
  line.finish();
}

void write(const OpenRecord& record, std::string& out) {
  LineWriter line(out, "open");
  line.time("t", record.time);
  line.text("host", record.host);
  line.integer("pid", record.pid);
  line.integer("slots", record.slots);
  line.integer("commands", record.commands);
  line.text("mode", record.mode);
  if (!record.bucket.empty()) line.list("s3", record.bucket, record.prefix);
  line.finish();
}

void write(const StartRecord& record, std::string& out) {
  LineWriter line(out, "start");
  line.integer("c", number(record.command));
  line.key(record.key);
  line.integer_unless("a", number(record.attempt), 1U);
  line.time("t", record.time);
  if (!record.appended.empty()) {
    line.rows("appended", record.appended,
              [&](const AppendedFile& file) { line.append_list(file.first, file.second); });
  }
  if (record.only_upload) line.text("only", kUpload);
  line.finish();
}

void append_input(const Fingerprint& input, LineWriter& line) {
  if (input.sha256) {
    line.append_list(input.path, input.size, input.modified_nanoseconds, *input.sha256);
  } else {
    line.append_list(input.path, input.size, input.modified_nanoseconds);
  }
}

void write(const LogRecord& record, std::string& out) {
  LineWriter line(out, "log");
  line.integer("c", number(record.command));
  line.key(record.key);
  line.integer_unless("a", number(record.attempt), 1U);
  line.text_unless_empty("worker", record.worker);
  line.list("log", number(record.slot), record.begin);
  line.finish();
}

void write(const EndRecord& record, std::string& out) {
  const AttemptResult& result = record.result;
  LineWriter line(out, "end");
  line.integer("c", number(result.command));
  line.key(record.key);
  line.integer_unless("a", number(result.attempt), 1U);
  line.text("class", end_class_text(result.end));
  line.integer_unless("exit", result.exit_code, 0);
  line.integer_unless("signal", result.signal, 0);
  line.text_unless_empty("detail", result.detail);
  line.time("t", result.started);
  line.seconds("wall", result.wall);
  line.seconds_unless_zero("user", result.usage.user);
  line.seconds_unless_zero("sys", result.usage.system);
  line.integer_unless("rss", result.usage.peak_memory, std::uint64_t{0});
  if (result.warm) line.seconds("warm", result.spared);
  if (record.shape != 0) line.hash("shape", record.shape);
  line.text_unless_empty("worker", result.worker);
  line.list("log", number(result.log.slot), result.log.begin, result.log.end);
  if (!result.inputs.empty()) {
    line.rows("in", result.inputs, [&](const Fingerprint& input) { append_input(input, line); });
  }
  if (!result.uploads.empty()) {
    line.rows("up", result.uploads, [&](const UploadedFile& file) {
      line.append_list(file.path, file.key, file.size, file.sha256);
    });
  }
  if (result.only_upload) line.text("only", kUpload);
  line.finish();
}

void write(const SettleRecord& record, std::string& out) {
  LineWriter line(out, "settle");
  line.integer("c", number(record.command));
  line.key(record.key);
  line.text("state", command_state_word(record.state));
  if (record.incomplete) {
    line.list("of", record.incomplete->succeeded, record.incomplete->total);
  }
  line.time("t", record.time);
  line.finish();
}

void write(const VerifyRecord& record, std::string& out) {
  const VerifiedStart& verified = record.verified;
  LineWriter line(out, "verify");
  line.integer("c", number(verified.command));
  line.key(record.key);
  line.hash("shape", record.shape);
  line.text("verdict", start_verdict_text(verified.verdict));
  line.texts_unless_none("differing", verified.differing);
  line.texts_unless_none("unsteady", verified.unsteady);
  line.integer_unless("exit", verified.exit_code, 0);
  line.text_unless_empty("why", verified.why);
  line.time("t", record.time);
  line.finish();
}

void write(const CloseRecord& record, std::string& out) {
  LineWriter line(out, "close");
  line.time("t", record.time);
  line.integer("exit", record.exit_code);
  line.finish();
}

}  // namespace

bool needs_settle_record(const SettleAction& action) {
  if (!is_terminal(action.state)) return false;
  return action.state != CommandState::done || action.end != EndClass::ok ||
         action.incomplete.has_value();
}

void append_json(const JournalRecord& record, std::string& out) {
  std::visit([&](const auto& each) { write(each, out); }, record);
}

}  // namespace shoal
