#!/usr/bin/env python3
"""Writes Tests/StatisticsTests/Fixtures/statistics.json: the report's statistics by scikit-learn, SciPy,
statsmodels and NumPy.

    python3 -m venv venv && venv/bin/pip install numpy scipy scikit-learn statsmodels
    venv/bin/python scripts/statistics-fixtures.py

Where draws are given, the tests get the same numbers but for rounding. The tests read the file and never
need Python.
"""

import itertools
import json
import os

import numpy as np
import scipy.special
import scipy.stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import balanced_accuracy_score, f1_score
from statsmodels.stats.contingency_tables import mcnemar

random = np.random.default_rng(11)


def scores(truth, predictions):
    """UF1 over the classes in truth or predictions, UAR over those in the truth."""
    return (
        f1_score(truth, predictions, average="macro", zero_division=0),
        balanced_accuracy_score(truth, predictions),
    )


def subjects(sizes, classes, skew):
    """Subjects of several datasets, each with a few clips; some lack classes, and so will draws."""
    made = []
    for dataset, size in sizes.items():
        for index in range(size):
            clips = int(random.integers(1, 7))
            own = random.permutation(classes)[: int(random.integers(1, classes + 1))]
            truth = [int(random.choice(own)) for _ in range(clips)]
            predictions = [
                [t if random.random() < right else int(random.integers(classes)) for t in truth]
                for right in skew
            ]
            made.append({
                "dataset": dataset, "name": f"s{index:02}", "truth": truth, "predictions": predictions})
    return made


def pooled(people, places, model):
    truth = [t for place in places for t in people[place]["truth"]]
    return truth, [p for place in places for p in people[place]["predictions"][model]]


def ends(values):
    return [float(value) for value in np.percentile(values, [2.5, 97.5])]


def bootstrap(sizes, classes, draws):
    """Intervals of two models' scores and of their difference, by draws that the test is given."""
    people = subjects(sizes, classes, (0.75, 0.5))
    by_dataset = {
        name: [place for place, person in enumerate(people) if person["dataset"] == name] for name in sizes}
    chosen = [
        [int(place) for places in by_dataset.values() for place in random.choice(places, len(places))]
        for _ in range(draws)
    ]
    parts = {}
    for part in ["full", *sizes]:
        known = set(range(len(people))) if part == "full" else set(by_dataset[part])
        drawn = np.array([
            [scores(*pooled(people, [place for place in places if place in known], model)) for model in (0, 1)]
            for places in chosen
        ])
        parts[part] = {
            "models": [
                {
                    "scores": scores(*pooled(people, sorted(known), model)),
                    "uf1": ends(drawn[:, model, 0]), "uar": ends(drawn[:, model, 1]),
                } for model in (0, 1)
            ],
            "difference": {
                "uf1": ends(drawn[:, 0, 0] - drawn[:, 1, 0]), "uar": ends(drawn[:, 0, 1] - drawn[:, 1, 1])},
            "mean": {"uf1": ends(drawn[:, :, 0].mean(axis=1)), "uar": ends(drawn[:, :, 1].mean(axis=1))},
        }
    return {
        "classes": classes, "subjects": people, "draws": chosen, "parts": parts,
        "clip_mean": clip_mean(people, chosen)}


def clip_mean(people, chosen):
    """Of a number that each clip has: the interval of its mean over clips, by the draws' pooled clips."""
    generator = np.random.default_rng(len(people))
    values = [generator.uniform(-1, 2, len(person["truth"])) for person in people]
    drawn = [np.concatenate([values[place] for place in places]).mean() for places in chosen]
    return {"values": [own.tolist() for own in values], "ends": ends(drawn)}


def own_draws():
    """One dataset, by SciPy's own bootstrap: the ends, and how far they scatter from run to run."""
    people = subjects({"d": 24}, 3, (0.7,))
    everyone = np.arange(len(people))
    resamples = 20_000

    def uf1(places):
        return scores(*pooled(people, places, 0))[0]

    # Tabled by clip once, since SciPy asks for the score of each resample.
    counts = np.zeros((len(people), 3, 3))
    for place, person in enumerate(people):
        for t, p in zip(person["truth"], person["predictions"][0]):
            counts[place, t, p] += 1

    def fast(places, axis=-1):
        sums = counts[places].sum(axis=axis if axis >= 0 else places.ndim + axis)
        hits = np.diagonal(sums, axis1=-2, axis2=-1)
        both = sums.sum(axis=-1) + sums.sum(axis=-2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.nanmean(np.where(both > 0, 2 * hits / both, np.nan), axis=-1)

    for _ in range(50):
        places = random.choice(everyone, len(everyone))
        assert abs(fast(places) - uf1(places)) < 1e-12
    found = []
    for seed in range(40):
        interval = scipy.stats.bootstrap(
            (everyone,), fast, n_resamples=resamples, method="percentile", vectorized=True, axis=-1,
            batch=2000, rng=np.random.default_rng(seed)).confidence_interval
        found.append([interval.low, interval.high])
    found = np.array(found)
    return {
        "classes": 3, "subjects": people, "resamples": resamples, "uf1": found.mean(axis=0).tolist(),
        "scatter": found.std(axis=0, ddof=1).tolist()}


def tests():
    pairs = [(0, 0), (0, 1), (1, 0), (0, 6), (3, 3), (5, 12), (12, 5), (40, 61), (200, 260), (1500, 1391),
             (0, 1200), (900, 2100)]
    return [
        {"first": b, "second": c, "p": float(mcnemar([[7, b], [c, 9]], exact=True).pvalue)} for b, c in pairs]


def spreads():
    values = [[0.5, 0.75], [0.61, 0.58, 0.67], random.random(10).tolist()]
    return [{"values": v, "mean": float(np.mean(v)), "deviation": float(np.std(v, ddof=1))} for v in values]


def ensembles():
    """Logarithms of the mean of softmax probabilities over models, [models][clips][classes]."""
    logits = (random.normal(size=(5, 6, 4)) * 6).astype(np.float32)
    logits[0, 0] = [90, -90, 0, 1]
    mean = scipy.special.softmax(logits.astype(np.float64), axis=-1).mean(axis=0)
    return {"logits": logits.astype(float).tolist(), "probabilities": mean.tolist()}


def calibrations():
    """Reliability by bins of equal width, and the expected calibration error that follows from them."""
    made = []
    for size, bins in [(400, 10), (30, 5), (7, 10)]:
        generator = np.random.default_rng(size)
        confidence = generator.uniform(1 / 3, 1, size)
        right = generator.random(size) < confidence**2
        accuracy, mean = calibration_curve(right, confidence, n_bins=bins, strategy="uniform")
        # scikit-learn leaves empty bins out.
        counts, _ = np.histogram(confidence, bins=np.linspace(0, 1, bins + 1))
        full = counts[counts > 0]
        made.append({
            "confidence": confidence.tolist(), "right": right.tolist(), "bins": bins, "counts": counts.tolist(),
            "accuracy": accuracy.tolist(), "mean": mean.tolist(),
            "error": float(np.sum(full * np.abs(accuracy - mean)) / size)})
    return made


def permutations():
    """UF1 and UAR of predictions, and of every way to deal them out anew among the clips of each dataset."""
    made = []
    for number, (sizes, classes, right) in enumerate([((5, 4), 3, 0.9), ((4, 1, 4), 3, 0.4), ((6, 3), 2, 0.7)]):
        generator = np.random.default_rng(107 + number)
        truth = np.concatenate([generator.integers(classes, size=size) for size in sizes])
        models = [
            np.where(generator.random(len(truth)) < right, truth, generator.integers(classes, size=len(truth)))
            for _ in (0, 1)
        ]

        def mean(order):
            return np.mean([scores(truth, model[list(order)]) for model in models], axis=0)

        places = np.split(np.arange(len(truth)), np.cumsum(sizes)[:-1])
        dealt = np.array([
            mean(np.concatenate(order)) for order in itertools.product(*map(itertools.permutations, places))])
        own = mean(np.arange(len(truth)))
        made.append({
            "classes": classes, "datasets": [f"d{d}" for d, size in enumerate(sizes) for _ in range(size)],
            "truth": truth.tolist(), "predictions": [model.tolist() for model in models],
            "expected": dealt.mean(axis=0).tolist(), "p": (dealt >= own - 1e-12).mean(axis=0).tolist()})
    return made


def main():
    fixtures = {
        "bootstrap": [
            bootstrap({"casme2": 7, "samm": 5, "smic": 4}, 3, 400),
            bootstrap({"one": 3, "two": 2}, 5, 300),
        ],
        "own_draws": own_draws(), "mcnemar": tests(), "spreads": spreads(), "ensemble": ensembles(),
        "calibrations": calibrations(), "permutations": permutations(),
    }
    target = os.path.join(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        "Tests/StatisticsTests/Fixtures/statistics.json")
    with open(target, "w") as file:
        json.dump(fixtures, file, separators=(",", ":"))
        file.write("\n")
    print(target)


if __name__ == "__main__":
    main()
