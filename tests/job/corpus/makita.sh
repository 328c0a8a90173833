
# version 0.8
# Create folder structure. By default, the folder 'output' is used to store output.
mkdir output
mkdir output/simulation
##################################
### DATASET: simulated_v1
##################################
mkdir output/simulation/simulated_v1/
mkdir output/simulation/simulated_v1/metrics
mkdir -p output/simulation/simulated_v1/descriptives
python -m asreview data describe data/simulated_v1.csv -o output/simulation/simulated_v1/descriptives/data_stats_simulated_v1.json
asreview wordcloud data/describe_B.csv -o output/figures/wordcloud_describe_B.png --width 800 --height 500
python -m asreview simulate data/simulated_v1.csv -s output/simulation/simulated_v1/state_files/sim_1.asreview --prior_idx 0 1 2 --seed 165 -m nb -e tfidf -q max -b double --stop_if min
python -m asreview metrics output/simulation/simulated_v1/state_files/sim_1.asreview -o output/simulation/simulated_v1/metrics/metrics_sim_1.json --quiet
python scripts/get_plot.py -s output/simulation/simulated_v1/state_files/ -o output/figures/plot_recall.png --show_legend model
python scripts/merge_tds.py
python scripts/merge_metrics.py
asreview simulate last.csv -o last.asreview # no newline at the end