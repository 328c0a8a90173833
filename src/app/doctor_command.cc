#include <filesystem>
#include <string>

#include "app/broker_choice.h"
#include "app/commands.h"
#include "app/doctor_checks.h"
#include "app/terminal.h"
#include "view/screen_text.h"

namespace shoal {

void Findings::say(Ink ink, std::string_view glyph, std::string_view sentence) const {
  Terminal::write_stdout(painted(glyph, ink, style_).append(" ").append(sentence).append("\n"));
}

Expected<int> doctor_command(const DoctorOptionsGiven& options) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(options.folder, error);
  if (error || !std::filesystem::is_directory(folder)) {
    return input_error(options.folder, "this is no folder", "Give the run's folder with -C");
  }
  Findings findings(Terminal::detect().stdout_style());
  check_folder(folder.string(), findings);
  if (!options.broker.empty()) {
    const auto broker = broker_of(options.broker);
    if (!broker) return tl::unexpected(broker.error());
    if (check_broker(*broker, findings)) check_workers(*broker, folder.string(), findings);
  }
  if (options.s3) check_s3(findings);
  return findings.all_good() ? exit_code::kAllDone : exit_code::kInfrastructure;
}

}  // namespace shoal
