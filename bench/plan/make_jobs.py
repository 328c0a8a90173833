#!/usr/bin/env python3
"""Writes a jobs file of about LINES lines in the shape of Makita 1.1.

    make_jobs.py LINES [RUNS_PER_DATA_SET] > jobs.sh

Every data set has its folders, a description, simulations with a metrics
command each, a plot and two tables; two merges over everything end the file.
"""

import sys

HEAD = """# version 1.1

mkdir output
mkdir output/simulation
mkdir output/tables
mkdir output/tables/metrics
mkdir output/tables/time_to_discovery
mkdir output/figures
"""

DATA_SET = """
# DATASET: {d}
mkdir output/simulation/{d}/
mkdir output/simulation/{d}/metrics
mkdir output/simulation/{d}/descriptives
python scripts/data_describe.py data/{d}.csv -o output/simulation/{d}/descriptives/data_stats_{d}.json
mkdir output/simulation/{d}/state_files
"""

RUN = """\
python -m asreview simulate data/{d}.csv -o output/simulation/{d}/state_files/sim_{d}_{r}.asreview --prior-seed {p} --seed 165 --ai elas_u4
python -m asreview metrics output/simulation/{d}/state_files/sim_{d}_{r}.asreview -o output/simulation/{d}/metrics/metrics_sim_{d}_{r}.json --quiet
"""

TABLES = """\
python scripts/get_plot.py -s output/simulation/{d}/state_files/ -o output/figures/plot_recall_sim_{d}.png
python scripts/merge_metrics.py -s output/simulation/{d}/metrics/ -o output/tables/metrics/metrics_sim_{d}.csv
python scripts/merge_tds.py -s output/simulation/{d}/metrics/ -o output/tables/time_to_discovery/tds_sim_{d}.csv
"""

TAIL = """
python scripts/merge_descriptives.py
python scripts/merge_metrics.py
"""


def main():
    lines = int(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    write = sys.stdout.write
    write(HEAD)
    written = 8
    data_set = 0
    while written < lines:
        d = f"Some_Review_{data_set}"
        write(DATA_SET.format(d=d))
        count = min(runs, max(1, (lines - written - 8) // 2))
        for r in range(count):
            write(RUN.format(d=d, r=r, p=535 + r))
        write(TABLES.format(d=d))
        written += 8 + 2 * count
        data_set += 1
    write(TAIL)


if __name__ == "__main__":
    main()
