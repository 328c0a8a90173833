"""Writes small data sets, cut from the examples, into a folder: data_sets.py FOLDER"""

import sys
from pathlib import Path

from support.makita import EXAMPLES, FEW, cut_data_set

name, example, records, relevant = FEW
cut_data_set(EXAMPLES / example, Path(sys.argv[1]) / f"{name}.csv", records, relevant)
