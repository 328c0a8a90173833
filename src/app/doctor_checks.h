#pragma once

#include <string>
#include <string_view>

#include "amqp/broker_address.h"
#include "base/error.h"
#include "view/text_style.h"

namespace shoal {

/// What `shoal doctor` found: a line for each thing that it looked at.
class Findings {
 public:
  explicit Findings(TextStyle style) : style_(style) {}

  void good(std::string_view sentence) { say(Ink::green, glyphs(style_.unicode).done, sentence); }
  /// Nothing wrong, but good to know.
  void note(std::string_view sentence) {
    say(Ink::yellow, glyphs(style_.unicode).warning, sentence);
  }
  void bad(std::string_view sentence) {
    all_good_ = false;
    say(Ink::red, glyphs(style_.unicode).failed, sentence);
  }
  bool all_good() const { return all_good_; }

 private:
  void say(Ink ink, std::string_view glyph, std::string_view sentence) const;
  TextStyle style_;
  bool all_good_ = true;
};

/// Reaches the broker, and does with it what a run does, in queues of its own
/// that it removes. False: it makes no sense to go on.
bool check_broker(const BrokerAddress& broker, Findings& findings);

/// Whether the folder (absolute) can hold a run, and how fast it is.
void check_folder(const std::string& folder, Findings& findings);

/// Lets the workers that are there write files and read each other's.
void check_workers(const BrokerAddress& broker, const std::string& folder, Findings& findings);

/// Puts an object into the bucket that the environment names, gets it back and
/// deletes it.
void check_s3(Findings& findings);

}  // namespace shoal
