"""UF1 of a study's settings on held-out training subjects, after the last epoch: no test clip is looked at.

    pip install numpy
    python3 docs/examples/python/held_out_scores.py RUN...

Of runs with nested among the protocols. The predictions of a setting's inner trainings, of all folds and seeds, are
pooled and then scored. The deviation is that of 500 bootstrap draws of subjects within each dataset.
"""
import collections
import json
import pathlib
import sys

import numpy

DRAWS = 500


def uf1(weights, truth, predicted):
    """[draws]; weights: how often each draw has each clip, [draws, clips]."""
    score, present = 0, 0
    for label in numpy.unique(numpy.concatenate([truth, predicted])):
        true, said = truth == label, predicted == label
        both = weights @ true + weights @ said
        score = score + 2 * (weights @ (true & said)) / numpy.maximum(both, 1e-9)
        present = present + (both > 0)
    return score / present


def draws(datasets):
    """How often each draw has each subject, [draws, subjects]."""
    generator = numpy.random.default_rng(1)
    counts = numpy.zeros((DRAWS, len(datasets)))
    for dataset in sorted(set(datasets)):
        places = numpy.flatnonzero(numpy.array(datasets) == dataset)
        for draw in counts:
            numpy.add.at(draw, generator.choice(places, len(places)), 1)
    return counts


scores = []
for run in map(pathlib.Path, sys.argv[1:]):
    events = map(json.loads, (run / "ledger.jsonl").read_text().splitlines())
    job = [event for event in events if event["event"] == "job-started"][-1]
    # A result names its setting, but for the run's own, which has no key. A run without a study has one without a name.
    names = {setting.get("key"): setting["name"] for setting in job.get("settings", [])}
    people = [(clip["dataset"], clip["subject"]) for clip in job["clips"]]
    subjects = sorted(set(people))
    subject = numpy.array([subjects.index(person) for person in people])
    truth = numpy.array([clip["truth"] for clip in job["clips"]])
    counts = draws([dataset for dataset, _ in subjects])
    found = collections.defaultdict(list)
    for path in run.glob("**/inner-*/folds/*/result.json"):
        result = json.loads(path.read_text())
        found[result["task"].get("setting")].append(result)
    for setting, results in found.items():
        places = numpy.concatenate([result["places"] for result in results])
        predicted = numpy.concatenate(
            [numpy.argmax(result["logits_of_every_epoch"][-1], axis=1) for result in results])
        own = uf1(numpy.ones((1, len(places))), truth[places], predicted)[0]
        spread = uf1(counts[:, subject[places]], truth[places], predicted).std()
        scores.append((own, spread, len(results), f"{run.name} {names.get(setting, setting) or ''}".rstrip()))

most = max((trainings for _, _, trainings, _ in scores), default=0)
for own, spread, trainings, name in sorted(scores, reverse=True):
    if trainings == most:
        print(f"{own:.4f} ± {spread:.3f}  {trainings} trainings  {name}")
for _, _, trainings, name in scores:
    if trainings < most:
        print(f"no score: {trainings} of {most} trainings are finished  {name}")
