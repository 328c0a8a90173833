#pragma once

#include <string>
#include <vector>

#include "app/project.h"
#include "app/run_choice.h"
#include "app/run_session.h"
#include "view/run_view.h"
#include "view/summary.h"

namespace shoal {

/// What the live picture says of commands. `project` must outlive the result.
RunTexts run_texts(const Project& project);

/// The label under which a command's progress is counted: the name of the data
/// file that it reads ("Small_A" for data/Small_A.csv); empty when it reads
/// none.
std::string data_set_of(const Plan& plan, CommandId id);

/// How many last lines of a failed command's output are worth showing.
inline constexpr std::size_t kOutputLines = 3;

/// Relative to the current folder where it lies in that, else as it is.
std::string short_path(const std::string& path);

/// Failed ones first, then the rest, each in file order: as RunSummary wants.
void sort_troubles(std::vector<Trouble>& troubles);

/// At most `most` last lines of what an attempt printed.
std::vector<std::string> last_lines(const std::string& log_folder, const LogRange& range,
                                    std::size_t most);

/// All but what the command line decides (threads_limited, cores).
RunSummary summarize(const Project& project, const RunChoice& run, const SessionOutcome& outcome);

}  // namespace shoal
