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
    append_integer(value);
  }
  template <class Integer>
  void integer_unless(std::string_view key, Integer value, Integer omitted) {
    if (value != omitted) integer(key, value);
  }
  void text(std::string_view key, std::string_view value) {
    begin(key);
    append_string(value, out_);
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

  /// For lists: the caller adds the punctuation.
  std::string& begin(std::string_view key) {
    out_ += ",\"";
    out_ += key;
    out_ += "\":";
    return out_;
  }
  template <class Integer>
  void append_integer(Integer value) {
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
  }

 private:
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
  line.finish();
}

void write(const StartRecord& record, std::string& out) {
  LineWriter line(out, "start");
  line.integer("c", number(record.command));
  line.key(record.key);
  line.integer_unless("a", number(record.attempt), 1U);
  line.time("t", record.time);
  if (!record.appended.empty()) {
    char separator = '[';
    line.begin("appended");
    for (const auto& [path, size] : record.appended) {
      out += separator;
      out += '[';
      append_string(path, out);
      out += ',';
      line.append_integer(size);
      out += ']';
      separator = ',';
    }
    out += ']';
  }
  line.finish();
}

void write_inputs(const std::vector<Fingerprint>& inputs, LineWriter& line) {
  std::string& out = line.begin("in");
  char separator = '[';
  for (const Fingerprint& input : inputs) {
    out += separator;
    out += '[';
    append_string(input.path, out);
    out += ',';
    line.append_integer(input.size);
    out += ',';
    line.append_integer(input.modified_nanoseconds);
    if (input.sha256) {
      out += ',';
      append_string(*input.sha256, out);
    }
    out += ']';
    separator = ',';
  }
  out += ']';
}

void write(const LogRecord& record, std::string& out) {
  LineWriter line(out, "log");
  line.integer("c", number(record.command));
  line.key(record.key);
  line.integer_unless("a", number(record.attempt), 1U);
  line.begin("log") += '[';
  line.append_integer(number(record.slot));
  out += ',';
  line.append_integer(record.begin);
  out += ']';
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
  if (!result.detail.empty()) line.text("detail", result.detail);
  line.time("t", result.started);
  line.seconds("wall", result.wall);
  line.seconds_unless_zero("user", result.usage.user);
  line.seconds_unless_zero("sys", result.usage.system);
  line.integer_unless("rss", result.usage.peak_memory, std::uint64_t{0});
  if (record.shape != 0) line.hash("shape", record.shape);
  line.begin("log") += '[';
  line.append_integer(number(result.log.slot));
  out += ',';
  line.append_integer(result.log.begin);
  out += ',';
  line.append_integer(result.log.end);
  out += ']';
  if (!result.inputs.empty()) write_inputs(result.inputs, line);
  line.finish();
}

void write(const SettleRecord& record, std::string& out) {
  LineWriter line(out, "settle");
  line.integer("c", number(record.command));
  line.key(record.key);
  line.text("state", command_state_word(record.state));
  if (record.incomplete) {
    line.begin("of") += '[';
    line.append_integer(record.incomplete->succeeded);
    out += ',';
    line.append_integer(record.incomplete->total);
    out += ']';
  }
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
