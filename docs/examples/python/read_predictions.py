"""Reads predictions of "htnet predict" in pandas.

    pip install pandas
    python3 docs/examples/python/read_predictions.py predictions.csv
"""
import sys

import pandas

# Subjects and clips are names: 006 must not become 6, nor NA a number that is missing.
table = pandas.read_csv(sys.argv[1], dtype={"subject": str, "clip": str}, keep_default_na=False)
probabilities = table.filter(regex="^probability_")

print("Clips of each class, by subject:")
print(table.pivot_table(index=["dataset", "subject"], columns="class", values="clip", aggfunc="count", fill_value=0))
print("\nThe five clips of which the models are least sure:")
table["sureness"] = probabilities.max(axis=1)
print(table.nsmallest(5, "sureness")[["dataset", "subject", "clip", "class", "sureness"]].to_string(index=False))
