#!/bin/bash

# lines as people write them; a comment that holds the word simulate
   python -m asreview simulate data/simulated_v1.csv -o out/mkdir_1.asreview --seed 1
asreview simulate benchmark:x --state_file=out/a
asreview simulate data/a.csv -o out/-m_nb_-e_tfidf/A.asreview  --prior-seed 3
asreview simulate data/C+++x.csv -o out/C+++x.asreview
asreview simulate data/Müller_2020.csv -o "output/Zürich stad/sim.asreview"
asreview simulate a.csv -o X.asreview && asreview metrics X.asreview -o X.json && rm -f X.asreview
{ time asreview simulate a.csv -o b.asreview ; } 2> times.txt
echo "x = 1" >> F.ini
cat > config.ini <<'EOF'
[settings]
n = $5
EOF
cat <<- EOF >> config.ini
	more
	EOF
asreview simulate a.csv \
  -o c.asreview \
  --seed 2   # the second
python merge_metrics.py -s output/simulation/*/metrics/
asreview plot recall out/*.asreview -o "all plots.png" 2>&1 | tee plot.log
Then run all the jobs and wait for a day, please.
(mkdir -p a/b; touch a/b/c) > log 2>&1
! test -f done.txt || echo finished > done.txt
grep -c 'a;b|c&&d' file.txt
rm -f 'it'"'"'s' a\ b.csv
echo '#not a comment' a#b # a comment
python -c 'import sys; print("hi (there)")'
