"""Plots the losses of a run's folds, and where a protocol looks at it, accuracy after each epoch.

    pip install matplotlib pandas
    htnet report runs/small
    python3 docs/examples/python/plot_curves.py runs/small/report/curves.csv curves.png
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot
import pandas

# Folds are names: 006 must not become 6, nor NA a number that is missing.
numbers = ["seed", "inner", "clips", "accuracy", "uf1", "uar"]
curves = pandas.read_csv(
    sys.argv[1], dtype={"setting": str, "fold": str}, keep_default_na=False,
    na_values={column: [""] for column in numbers})
# A fold's own trainings; inner ones have a number.
own = curves[curves["inner"].isna()]
names = ["setting", "seed", "fold"]

figure, axes = pyplot.subplots(2, sharex=True, figsize=(7, 6))
for column, axis in zip(["loss", "accuracy"], axes):
    trainings = [training.set_index("epoch")[column] for _, training in own.groupby(names, dropna=False)]
    for training in trainings:
        axis.plot(training.index, training, color="tab:blue", linewidth=0.5, alpha=0.4)
    # A training that ended early counts on with its last epoch.
    middle = pandas.concat(trainings, axis=1).sort_index().ffill().median(axis=1)
    axis.plot(middle.index, middle, color="black", label="median")
    axis.set_ylabel(column)
    axis.legend()
if own["accuracy"].isna().all():
    axes[1].set_title("no protocol looks at test clips after each epoch")
axes[1].set_xlabel("epoch")
figure.savefig(sys.argv[2], dpi=150)
