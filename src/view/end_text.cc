#include "view/end_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

namespace shoal {
namespace {

struct SignalWords {
  int signal;
  std::string_view name;
  std::string_view hint;
};

constexpr std::string_view kFault = "This is a fault in the program itself, not in its arguments.";
constexpr std::string_view kMemory =
    "Often the machine had no memory left: fewer slots (-j) or '#shoal: mem=8G' may help.";

constexpr std::array<SignalWords, 15> kSignals{{
    {SIGHUP, "SIGHUP", "Its terminal was closed."},
    {SIGINT, "SIGINT", "It was interrupted."},
    {SIGQUIT, "SIGQUIT", ""},
    {SIGILL, "SIGILL", "Often the program was built for another kind of processor."},
    {SIGABRT, "SIGABRT", "It gave up; the last lines of its output may say why."},
    {SIGBUS, "SIGBUS", "Often a full disk, or a file that was cut while it was read."},
    {SIGFPE, "SIGFPE", kFault},
    {SIGKILL, "SIGKILL", kMemory},
    {SIGUSR1, "SIGUSR1", ""},
    {SIGSEGV, "SIGSEGV", kFault},
    {SIGPIPE, "SIGPIPE", "What read its output had ended."},
    {SIGALRM, "SIGALRM", ""},
    {SIGTERM, "SIGTERM", "Something asked it to stop."},
    {SIGXCPU, "SIGXCPU", "It used more processor time than ulimit allows."},
    {SIGXFSZ, "SIGXFSZ", "It wrote a larger file than ulimit allows."},
}};

const SignalWords* find_signal(int signal) {
  const auto* const found = std::find_if(kSignals.begin(), kSignals.end(),
                                         [&](const SignalWords& s) { return s.signal == signal; });
  return found == kSignals.end() ? nullptr : found;
}

std::string signal_name(int signal) {
  const SignalWords* const known = find_signal(signal);
  return known != nullptr ? std::string(known->name) : fmt::format("signal {}", signal);
}

std::string signal_hint(int signal) {
  const SignalWords* const known = find_signal(signal);
  return known != nullptr ? std::string(known->hint) : "";
}

/// A shell reports a command that a signal killed as exit code 128 + signal.
int signal_in(int exit_code) {
  return exit_code > 128 && find_signal(exit_code - 128) != nullptr ? exit_code - 128 : 0;
}

std::string failed_hint(int exit_code) {
  switch (exit_code) {
    case 126:
      return "The program is there but may not be executed (chmod +x allows it).";
    case 127:
      return "The program was not found: is the right environment active?";
    default:
      return signal_hint(signal_in(exit_code));
  }
}

/// "words", or "words: detail".
std::string with_detail(std::string_view words, const std::string& detail) {
  return detail.empty() ? std::string(words) : fmt::format("{}: {}", words, detail);
}

}  // namespace

std::string end_text(const End& end) {
  switch (end.end) {
    case EndClass::ok:
      return "done";
    case EndClass::failed: {
      const int signal = signal_in(end.exit_code);
      if (signal != 0) return fmt::format("exit {} ({})", end.exit_code, signal_name(signal));
      return fmt::format("exit {}", end.exit_code);
    }
    case EndClass::timed_out:
      return "over its time limit";
    case EndClass::killed:
      return "killed by " + signal_name(end.signal);
    case EndClass::out_of_memory:
      return "out of memory";
    case EndClass::lost:
      return "lost";
    case EndClass::output_missing:
      return end.detail.empty() ? "did not make its output" : "did not make " + end.detail;
    case EndClass::input_missing:
      return end.detail.empty() ? "a file that it needs is not there"
                                : end.detail + " is not there";
    case EndClass::cancelled:
      return "stopped";
    case EndClass::ended_shell:
      return with_detail("ended the shell", end.detail);
    case EndClass::upload_failed:
      return with_detail("upload failed", end.detail);
  }
  return "";
}

std::string end_hint(const End& end) {
  switch (end.end) {
    case EndClass::failed:
      return failed_hint(end.exit_code);
    case EndClass::killed:
      return signal_hint(end.signal);
    case EndClass::timed_out:
      return "A longer --timeout, or '#shoal: timeout=2h' above its line, gives it more time.";
    case EndClass::out_of_memory:
      return std::string(kMemory);
    case EndClass::lost:
      return "Its machine, or the shoal that watched it, went away while it ran.";
    case EndClass::output_missing:
      return "It reported no error all the same.";
    case EndClass::ended_shell:
      return "bash would not have gone on after it.";
    case EndClass::upload_failed:
      return "The command itself is done; going on only uploads its files.";
    case EndClass::ok:
    case EndClass::input_missing:
    case EndClass::cancelled:
      return "";
  }
  return "";
}

}  // namespace shoal
