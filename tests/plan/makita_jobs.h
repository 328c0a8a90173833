#pragma once

#include <string>

namespace shoal {

/// One release's way of writing jobs files.
struct MakitaShape {
  std::string version;        // "0.5"
  std::string asreview;       // "asreview" or "python -m asreview"
  std::string output_option;  // of simulate: "-s" or "-o"
  std::string prior_option;   // "--prior_record_id", ...
  bool metrics_folder = true;
  bool tables = true;  // tables for each data set
  bool wordclouds = true;
  bool describe_script = false;
  bool quiet = false;
};
/// The shapes from 0.5 to 1.1.
MakitaShape makita_shape(const std::string& version);

enum class MakitaTemplate { basic, arfi, multimodel, prior };

/// A jobs file of that shape, with data sets named A, B, ...
std::string makita_jobs(const MakitaShape& shape, MakitaTemplate form, int data_sets, int runs);

}  // namespace shoal
