#include "view/metrics_text.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace shoal {
namespace {

class MetricsWriter {
 public:
  /// All samples of a family follow it.
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
  }
  /// `labels`: `state="done"`, or nothing. `suffix` is for histograms.
  void sample(double value, std::string_view labels = {}, std::string_view suffix = {}) {
    fmt::format_to(std::back_inserter(text_), "{}{}", name_, suffix);
    if (!labels.empty()) fmt::format_to(std::back_inserter(text_), "{{{}}}", labels);
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    family(name, "gauge", help);
    sample(value);
  }
  void counter(std::string_view name, std::string_view help, double value) {
    family(name, "counter", help);
    sample(value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

double number_of(std::uint64_t count) { return static_cast<double>(count); }

void write_process(MetricsWriter& out, const ProcessMetrics& process) {
  out.family("shoal_build_info", "gauge", "Always 1; the label tells the version.");
  out.sample(1, fmt::format("version=\"{}\"", process.version));
  out.gauge("process_start_time_seconds", "When the process started, since 1970.", process.started);
  out.counter("process_cpu_seconds_total", "CPU time of the process, without its commands.",
              process.cpu);
  out.gauge("process_resident_memory_bytes", "Memory of the process, without its commands.",
            number_of(process.memory));
}

void write_attempts(MetricsWriter& out, const AttemptTally& tally) {
  out.family("shoal_attempts_total", "counter", "Attempts that ended, by how they ended.");
  for (std::size_t i = 0; i < kEndClasses; ++i) {
    const auto end = static_cast<EndClass>(i);
    out.sample(number_of(tally.ended(end)), fmt::format("end=\"{}\"", end_class_text(end)));
  }
  out.family("shoal_attempt_duration_seconds", "histogram", "Time from start to end of attempts.");
  for (std::size_t i = 0; i < AttemptTally::kBounds.size(); ++i) {
    out.sample(number_of(tally.within(i)), fmt::format("le=\"{}\"", AttemptTally::kBounds[i]),
               "_bucket");
  }
  out.sample(number_of(tally.ran()), "le=\"+Inf\"", "_bucket");
  out.sample(seconds(tally.wall()), {}, "_sum");
  out.sample(number_of(tally.ran()), {}, "_count");
  out.counter("shoal_attempt_cpu_seconds_total", "CPU time of attempts that ended.",
              seconds(tally.cpu()));
  out.gauge("shoal_attempt_peak_memory_bytes", "The most memory that one attempt took.",
            number_of(tally.peak_memory()));
  out.counter("shoal_uploads_total", "Files uploaded to S3.", number_of(tally.uploaded_files()));
  out.counter("shoal_upload_bytes_total", "Bytes of these files.",
              number_of(tally.uploaded_bytes()));
}

void write_commands(MetricsWriter& out, const Scheduler::Counts& counts) {
  out.family("shoal_run_commands", "gauge", "Commands of the run, by where they stand.");
  const std::pair<std::string_view, std::uint32_t> states[] = {
      {"waiting", counts.waiting}, {"ready", counts.ready},
      {"running", counts.running}, {"done", counts.done},
      {"failed", counts.failed},   {"skipped", counts.skipped},
      {"held", counts.held},       {"not_reached", counts.not_reached}};
  for (const auto& [state, count] : states) {
    out.sample(count, fmt::format("state=\"{}\"", state));
  }
}

void write_cluster(MetricsWriter& out, const ClusterMetrics& cluster) {
  out.gauge("shoal_broker_connected", "1 while there is a connection to the broker.",
            cluster.connected ? 1 : 0);
  out.gauge("shoal_queue_messages", "Messages that no worker has taken yet.", cluster.queued);
  out.gauge("shoal_dead_letters", "Messages that nobody could read.", cluster.dead_letters);
  out.gauge("shoal_workers", "Workers that were heard within the last seconds.", cluster.workers);
  out.gauge("shoal_worker_slots", "Commands that they can run at once.", cluster.slots);
  out.gauge("shoal_worker_slots_busy", "Commands that they run.", cluster.busy);
}

}  // namespace

std::string metrics_text(const RunMetrics& metrics) {
  MetricsWriter out;
  const RunProgress& progress = metrics.progress;
  write_commands(out, progress.counts);
  if (progress.left) {
    out.gauge("shoal_run_remaining_seconds", "Expected time until the run is finished.",
              seconds(*progress.left));
  }
  out.gauge("shoal_uploads_failed", "Commands whose files could not be uploaded.",
            progress.uploads.failed);
  if (metrics.cluster) write_cluster(out, *metrics.cluster);
  write_attempts(out, metrics.attempts);
  write_process(out, metrics.process);
  return out.take();
}

std::string metrics_text(const WorkerMetrics& metrics) {
  MetricsWriter out;
  out.gauge("shoal_broker_connected", "1 while there is a connection to the broker.",
            metrics.connected ? 1 : 0);
  out.gauge("shoal_worker_slots", "Commands that the worker can run at once.", metrics.slots);
  out.gauge("shoal_worker_slots_busy", "Commands that it runs.", metrics.busy);
  out.gauge("shoal_worker_tasks", "Commands that it has taken from the broker.", metrics.tasks);
  write_attempts(out, metrics.attempts);
  write_process(out, metrics.process);
  return out.take();
}

}  // namespace shoal
