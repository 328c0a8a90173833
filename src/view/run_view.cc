#include "view/run_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "view/brief_command.h"
#include "view/end_text.h"
#include "view/group_tally.h"
#include "view/progress_block.h"
#include "view/screen_text.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRedrawInterval = 100ms;
/// How long "a few seconds" may last until it is called what it is.
constexpr Duration kFewSeconds = 60s;
/// Failures, and likewise retries, that are told one by one; a list of commands
/// that cannot start at all must not flood a terminal or a log.
constexpr std::uint32_t kMostToldEach = 20;
/// Command texts in lines of a log file, where no terminal limits them.
constexpr std::size_t kLogColumns = 240;
/// In less room a command's text says nothing.
constexpr std::size_t kLeastCommandColumns = 12;

/// A line that stays above the live block, with its text not yet cut.
struct Event {
  std::string_view mark;
  Ink ink = Ink::plain;
  std::string words;
  std::string command_text;  // empty for a note
};

/// Whether anything runs or may still start.
bool has_work(const Scheduler::Counts& counts) {
  return counts.waiting + counts.ready + counts.running > 0;
}

/// " after 2.1 s"; what took no time that a person would notice ended at once.
std::string after_text(Duration wall) {
  return wall < 50ms ? " at once" : " after " + human_duration(wall);
}

}  // namespace

class RunView::Impl {
 public:
  Impl(RunTexts texts, ViewOptions options, std::function<void(std::string_view)> write)
      : texts_(std::move(texts)), options_(options), write_(std::move(write)) {
    style_.color = options_.color;
    style_.unicode = options_.unicode;
    if (has_block() && texts_.group) groups_ = GroupTally(texts_.command_count, texts_.group);
  }

  void on_done_before(CommandId command) { groups_.settle(command, CommandState::done); }

  void on_started(CommandId command, Instant now) {
    running_.push_back({command, now, std::nullopt});
    groups_.start(command);
  }

  void on_uploading(CommandId command) {
    const auto at = std::find_if(running_.begin(), running_.end(), [&](const Running& running) {
      return running.command == command;
    });
    if (at == running_.end()) return;
    running_.erase(at);
    groups_.stop(command);
  }

  void on_ended(const AttemptResult& result) {
    on_uploading(result.command);
    if (result.end != EndClass::ok || options_.verbosity == Verbosity::verbose) {
      ends_[result.command] = {{result.end, result.exit_code, result.signal, result.detail},
                               result.wall};
    }
  }

  void on_settled(const SettleAction& settled) {
    groups_.settle(settled.command, settled.state);
    EndOfAttempt last;
    last.end.end = settled.end;
    if (const auto found = ends_.find(settled.command); found != ends_.end()) {
      last = std::move(found->second);
      ends_.erase(found);
    }
    tell(settled, last);
  }

  void on_stopping(bool cancelling) {
    stopping_ = cancelling ? Stopping::cancelling : Stopping::draining;
    if (!has_block()) note(stopping_text(static_cast<std::uint32_t>(running_.size())));
  }

  void note(std::string_view text) { events_.push_back({"", Ink::plain, std::string(text), ""}); }

  void refresh(const RunProgress& progress, TerminalSize size) {
    if (!begun_) begun_ = progress.now;
    last_ = progress;
    size_ = TerminalSize{size.columns > 0 ? size.columns : 80, size.rows > 0 ? size.rows : 24};
    if (last_write_ && progress.now - *last_write_ < kRedrawInterval) return;
    // Nothing is drawn in the first moment: a run with nothing to do ends in it.
    const bool first_moment = !last_write_;
    last_write_ = progress.now;
    if (!has_block()) {
      write_lines();
    } else if (!first_moment) {
      write_out(region_.update(take_events(), progress_block(picture(), size_, style_), size_));
    }
  }

  void finish() {
    write_out(region_.erase());
    std::string text = joined(take_events());
    if (last_line_) text += line_of(*last_, true);
    write_out(text);
  }

 private:
  struct Running {
    CommandId command{};
    Instant since{};
    std::optional<std::string> text;  // asked for when it is first drawn
  };
  struct EndOfAttempt {
    End end;
    Duration wall{0};
  };
  enum class Stopping : std::uint8_t { no, draining, cancelling };

  bool has_block() const { return options_.terminal && options_.verbosity != Verbosity::quiet; }
  bool has_lines() const { return !options_.terminal && options_.verbosity != Verbosity::quiet; }

  void write_out(std::string_view text) {
    if (!text.empty()) write_(text);
  }

  /// Failures are always told, retries unless quiet, the rest when verbose.
  void tell(const SettleAction& settled, const EndOfAttempt& last) {
    const Glyphs& glyph = glyphs(options_.unicode);
    const bool verbose = options_.verbosity == Verbosity::verbose;
    const std::string after = after_text(last.wall);
    switch (settled.state) {
      case CommandState::failed:
        if (last.end.end == EndClass::cancelled && !verbose) return;
        if (!may_tell(told_failures_, "commands failed")) return;
        return add_event(settled.command, glyph.failed, Ink::red, end_text(last.end) + after);
      case CommandState::ready:
        if (options_.verbosity == Verbosity::quiet) return;
        if (!may_tell(told_retries_, "attempts go again")) return;
        return add_event(settled.command, glyph.again, Ink::yellow,
                         end_text(last.end) + after + ", goes again");
      case CommandState::done:
        if (verbose) add_event(settled.command, glyph.done, Ink::green, "done" + after);
        return;
      case CommandState::skipped:
        if (verbose) {
          add_event(settled.command, glyph.skipped, Ink::yellow, "skipped, " + end_text(last.end));
        }
        return;
      case CommandState::held:
        if (verbose) add_event(settled.command, glyph.skipped, Ink::yellow, "held");
        return;
      case CommandState::waiting:
      case CommandState::running:
      case CommandState::not_reached:
        return;
    }
  }

  /// Whether one more of a kind gets a line of its own; the first that does not
  /// brings a sentence about all of them.
  bool may_tell(std::uint32_t& told, std::string_view what) {
    if (options_.verbosity == Verbosity::verbose) return true;
    if (told > kMostToldEach) return false;
    if (++told <= kMostToldEach) return true;
    note(fmt::format("More than {} {}: from here on they are only counted (-v shows each).",
                     kMostToldEach, what));
    return false;
  }

  void add_event(CommandId command, std::string_view mark, Ink ink, std::string_view words) {
    const std::string place = texts_.line ? fmt::format(" (line {})", texts_.line(command)) : "";
    events_.push_back({mark, ink, fmt::format("{}{} {}", number(command), place, words),
                       brief_command(texts_.text(command), kLogColumns, options_.unicode)});
  }

  std::string rendered(const Event& event) const {
    if (event.mark.empty()) return event.words;
    TextStyle style = style_;
    style.columns = options_.terminal ? size_.columns - 1 : 4 * kLogColumns;
    ScreenLine line(style);
    line.add(event.mark, event.ink).add(" ").add(printable(event.words, style.unicode));
    if (line.room() >= kLeastCommandColumns) {
      line.add(": ").add(brief_command(event.command_text, line.room() - 2, style.unicode));
    }
    return line.text();
  }

  std::vector<std::string> take_events() {
    std::vector<std::string> lines;
    lines.reserve(events_.size());
    for (const Event& event : std::exchange(events_, {})) lines.push_back(rendered(event));
    return lines;
  }

  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text.append(line).append("\n");
    return text;
  }

  std::string stopping_text(std::uint32_t running) const {
    if (stopping_ == Stopping::no) return "";
    if (running == 0) return "Stopping.";
    const std::string what =
        running == 1 ? "the running command" : fmt::format("the {} running commands", running);
    if (stopping_ == Stopping::cancelling) return fmt::format("Stopping {}.", what);
    return fmt::format("Stopping after {}. Ctrl-C again: at once.", what);
  }

  std::string left_now() {
    const bool nearly = last_->left && *last_->left < 10s;
    if (!nearly) nearly_since_.reset();
    if (nearly && !nearly_since_) nearly_since_ = last_->now;
    if (nearly && last_->now - *nearly_since_ > kFewSeconds) return "longer than expected";
    return left_text(last_->left);
  }

  ProgressPicture picture() {
    ProgressPicture picture;
    picture.counts = last_->counts;
    picture.elapsed = last_->now - *begun_;
    picture.left = left_now();
    picture.stopping = stopping_text(picture.counts.running);
    picture.uploads = upload_text(last_->uploads);
    picture.groups = groups_.groups();
    const std::size_t shown = std::min(running_.size(), kRunningLines);
    for (std::size_t i = 0; i < shown; ++i) {
      Running& running = running_[i];
      if (!running.text) {
        running.text = brief_command(texts_.text(running.command), kLogColumns, options_.unicode);
      }
      picture.running.push_back({running.command, last_->now - running.since, *running.text});
    }
    return picture;
  }

  /// "12:03:05 234/1200 done, 2 running, 1 failed, left about 1 h 5 min\n".
  std::string line_of(const RunProgress& progress, bool at_end) {
    const std::string rest = at_end ? "after " + elapsed_text(progress.now - *begun_) : left_now();
    const std::string uploads = upload_text(progress.uploads);
    return fmt::format("{} {}, {}{}{}\n", time_of_day(progress.clock), counts_text(progress.counts),
                       uploads, uploads.empty() ? "" : ", ", rest);
  }

  void write_lines() {
    std::string text = joined(take_events());
    const bool due = !last_line_ || last_->now - *last_line_ >= options_.line_interval;
    if (has_lines() && due && has_work(last_->counts)) {
      text += line_of(*last_, false);
      last_line_ = last_->now;
    }
    write_out(text);
  }

  RunTexts texts_;
  ViewOptions options_;
  std::function<void(std::string_view)> write_;
  TextStyle style_;
  TerminalSize size_;
  LiveRegion region_;
  GroupTally groups_;
  std::vector<Running> running_;                      // oldest first
  std::unordered_map<CommandId, EndOfAttempt> ends_;  // ended and not yet settled
  std::vector<Event> events_;                         // not yet written
  std::uint32_t told_failures_ = 0;
  std::uint32_t told_retries_ = 0;
  Stopping stopping_ = Stopping::no;
  std::optional<RunProgress> last_;
  std::optional<Instant> begun_, last_write_, last_line_, nearly_since_;
};

RunView::RunView(RunTexts texts, ViewOptions options, std::function<void(std::string_view)> write)
    : impl_(std::make_unique<Impl>(std::move(texts), options, std::move(write))) {}
RunView::~RunView() = default;

void RunView::on_done_before(CommandId command) { impl_->on_done_before(command); }
void RunView::on_started(CommandId command, Instant now) { impl_->on_started(command, now); }
void RunView::on_uploading(CommandId command) { impl_->on_uploading(command); }
void RunView::on_ended(const AttemptResult& result, Instant /*now*/) { impl_->on_ended(result); }
void RunView::on_settled(const SettleAction& settled, Instant /*now*/) {
  impl_->on_settled(settled);
}
void RunView::on_stopping(bool cancelling) { impl_->on_stopping(cancelling); }
void RunView::note(std::string_view text) { impl_->note(text); }
void RunView::refresh(const RunProgress& progress, TerminalSize size) {
  impl_->refresh(progress, size);
}
void RunView::finish() { impl_->finish(); }

}  // namespace shoal
