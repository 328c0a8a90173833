#include "tests/plan/makita_jobs.h"

#include <fmt/format.h>

#include <vector>

namespace shoal {
namespace {

constexpr std::string_view kOut = "output/simulation/";

/// What tells one run of a data set from the others.
struct Run {
  std::string name;     // ends the names of its files
  std::string options;  // of simulate
};

std::vector<Run> runs_of(const MakitaShape& shape, MakitaTemplate form, int runs) {
  std::vector<Run> all;
  const bool new_style = shape.output_option == "-o";
  const std::string seed = new_style ? " --prior-seed " : "--init_seed ";
  for (int run = 0; run < runs; ++run) {
    switch (form) {
      case MakitaTemplate::basic:
      case MakitaTemplate::prior:
        all.push_back({fmt::format("_{}", run), fmt::format("{}{} --seed 165", seed, 535 + run)});
        break;
      case MakitaTemplate::arfi:
        all.push_back({fmt::format("_{}", 10 * run),
                       fmt::format("{} {} 76 270 243 --seed 165", shape.prior_option, 10 * run)});
        break;
      case MakitaTemplate::multimodel:
        for (const std::string model : {"nb", "svm"}) {
          const std::string options =
              new_style
                  ? fmt::format("-c {} -q max -e tfidf -b None {}{}", model, seed, 535 + run)
                  : fmt::format("--model {} --query_strategy max --feature_extraction tfidf {}{}",
                                model, seed, 535 + run);
          all.push_back({fmt::format("_{}_tfidf_max_{}", model, run), options});
        }
        break;
    }
  }
  return all;
}

std::string describe(const MakitaShape& shape, const std::string& data_set,
                     const std::string& folder, const std::string& figures) {
  std::string jobs;
  const std::string json = fmt::format("{}/descriptives/data_stats_{}.json", folder, data_set);
  if (shape.describe_script) {
    return fmt::format("python scripts/data_describe.py data/{}.csv -o {}\n", data_set, json);
  }
  jobs += fmt::format("{} data describe data/{}.csv -o {}\n", shape.asreview, data_set, json);
  if (!shape.wordclouds) return jobs;
  for (const std::string kind : {"", "relevant", "irrelevant"}) {
    jobs += fmt::format(
        "{} wordcloud data/{}.csv -o {}/wordcloud{}_{}.png --width 800 --height 500{}\n",
        shape.asreview, data_set, figures, kind.empty() ? "" : "_" + kind, data_set,
        kind.empty() ? "" : " --" + kind);
  }
  return jobs;
}

std::string simulate(const MakitaShape& shape, const std::string& data_set,
                     const std::string& folder, const std::string& metrics, const Run& run) {
  const std::string state =
      fmt::format("{}/state_files/sim_{}{}.asreview", folder, data_set, run.name);
  return fmt::format("{} simulate data/{}.csv {} {} {}\n", shape.asreview, data_set,
                     shape.output_option, state, run.options) +
         fmt::format("{} metrics {} -o {}/metrics_sim_{}{}.json{}\n", shape.asreview, state,
                     metrics, data_set, run.name, shape.quiet ? " --quiet" : "");
}

std::string head(const MakitaShape& shape, MakitaTemplate form) {
  std::string jobs = "\n# version " + shape.version + "\n\nmkdir output\nmkdir output/simulation\n";
  if (form == MakitaTemplate::prior) {
    return jobs +
           "mkdir output/simulation/metrics\nmkdir output/figures\nmkdir output/tables/metrics\n"
           "mkdir output/tables/time_to_discovery\nmkdir output/simulation/descriptives\n";
  }
  if (!shape.tables) return jobs;
  return jobs +
         "mkdir output/tables\nmkdir output/tables/metrics\n"
         "mkdir output/tables/time_to_discovery\nmkdir output/figures\n";
}

std::string tables(const std::string& metrics, const std::string& name) {
  return fmt::format(
             "python scripts/merge_metrics.py -s {}/ -o output/tables/metrics/metrics_{}.csv\n",
             metrics, name) +
         fmt::format(
             "python scripts/merge_tds.py -s {}/ -o output/tables/time_to_discovery/tds_{}.csv\n",
             metrics, name);
}

std::string plot(const std::string& folder, const std::string& figures, const std::string& name) {
  return fmt::format("python scripts/get_plot.py -s {}/state_files/ -o {}/plot_recall_{}.png\n",
                     folder, figures, name);
}

std::string prior_jobs(const MakitaShape& shape, int runs) {
  const std::string folder = "output/simulation";
  std::string jobs = head(shape, MakitaTemplate::prior);
  for (const std::string data_set : {"with", "without"}) {
    jobs += describe(shape, data_set, folder, "output/figures");
  }
  for (const std::string data_set : {"with", "without"}) {
    for (const Run& run : runs_of(shape, MakitaTemplate::prior, runs)) {
      jobs += simulate(shape, data_set, folder, folder + "/metrics", run);
    }
  }
  jobs += plot(folder, "output/figures", "sim") + tables(folder + "/metrics", "sim");
  return jobs + "python scripts/merge_descriptives.py  -s output/simulation/descriptives/\n";
}

}  // namespace

MakitaShape makita_shape(const std::string& version) {
  MakitaShape shape{version, "asreview", "-s", "--prior_record_id"};
  if (version == "0.5") shape.metrics_folder = false;
  if (version == "0.5" || version == "0.6") shape.tables = false;
  if (version == "0.8" || version == "0.10" || version == "0.11")
    shape.asreview = "python -m asreview";
  if (version == "0.11") shape.quiet = true;
  if (version == "1.0" || version == "1.1") {
    shape = {version, "python -m asreview", "-o", "--prior-idx"};
    shape.wordclouds = false;
    shape.describe_script = true;
    shape.quiet = true;
  }
  return shape;
}

std::string makita_jobs(const MakitaShape& shape, MakitaTemplate form, int data_sets, int runs) {
  if (form == MakitaTemplate::prior) return prior_jobs(shape, runs);
  std::string jobs = head(shape, form);
  for (int i = 0; i < data_sets; ++i) {
    const std::string data_set(1, static_cast<char>('A' + i));
    const std::string folder = std::string(kOut) + data_set;
    const std::string metrics = shape.metrics_folder ? folder + "/metrics" : folder;
    const std::string figures = shape.tables ? "output/figures" : folder;
    jobs += "# DATASET: " + data_set + "\nmkdir " + folder + "/\n";
    if (shape.metrics_folder) jobs += "mkdir " + metrics + "\n";
    jobs += "mkdir " + folder + "/descriptives\n" +
            describe(shape, data_set, folder, shape.tables ? figures : folder + "/descriptives");
    jobs += "mkdir " + folder + "/state_files\n";
    for (const Run& run : runs_of(shape, form, runs)) {
      jobs += simulate(shape, data_set, folder, metrics, run);
    }
    jobs += plot(folder, figures, data_set);
    if (shape.tables) jobs += tables(metrics, "sim_" + data_set);
  }
  return jobs + "python scripts/merge_descriptives.py\npython scripts/merge_metrics.py\n";
}

}  // namespace shoal
