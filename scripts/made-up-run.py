#!/usr/bin/env python3
"""Writes a run directory of many made-up trainings, to measure `htnet report` by.

    scripts/made-up-run.py DIRECTORY [--seeds 10] [--settings 8] [--epochs 60] [--labels TABLE]

It has as many subjects and clips as the composite, the logits of every epoch, and no data. With --labels, the table
of a release (combined_3_class2_for_optical_flow.csv), its clips are that table's. Needs NumPy.
"""

import argparse
import csv
import hashlib
import json
import os
import urllib.parse

import numpy as np

COMPOSITE = [("smic", 16, [70, 51, 43]), ("casme2", 24, [88, 32, 25]), ("samm", 28, [92, 26, 15])]


def clip(dataset, subject, name, label):
    return {
        "dataset": dataset, "subject": subject, "clip": name, "truth": label, "fold": subject,
        "image": f"{subject}_{name} .png"}


def clips(labels):
    if labels:
        with open(labels, newline="") as file:
            return [
                clip(row["dataset"], row["sub"], row["filename_o"], int(row["label"])) for row in csv.DictReader(file)]
    made = []
    for dataset, persons, counts in COMPOSITE:
        number = 0
        for label, count in enumerate(counts):
            for _ in range(count):
                made.append(clip(dataset, f"{dataset}-{number % persons:02}", f"c{number}", label))
                number += 1
    return made


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--settings", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--labels", metavar="TABLE")
    arguments = parser.parse_args()
    random = np.random.default_rng(5)
    run = arguments.directory
    os.makedirs(run)
    keys = [
        {"model.dim": str(24 * (1 + n // 2)), "data.regions": "whole" if n % 2 else "corrected"}
        for n in range(arguments.settings)]
    study = "".join("  - {" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}\n" for values in keys)
    seeds = list(range(1, arguments.seeds + 1))
    configuration = (
        "data:\n  path: made-up\n\n"
        f"training:\n  epochs: {arguments.epochs}\n  seeds: {seeds}\n\n"
        f"evaluation:\n  protocols: [last-epoch, best-on-test]\n\nstudy:\n{study}")
    with open(f"{run}/config.yaml", "w") as file:
        file.write(configuration)
    data = clips(arguments.labels)
    folds = list(dict.fromkeys(clip["fold"] for clip in data))
    names = [f"dim={values['model.dim']},regions={values['data.regions']}" for values in keys]
    settings = []
    for name, values in zip(names, keys):
        settings.append({
            "key": name, "name": name, "values": [{"key": key, "value": value} for key, value in values.items()],
            "dataSHA256": "d" * 64})

    def task(key, seed, fold):
        return {
            "split": fold, "setting": key, **({"seed": seed} if seed != seeds[0] else {})}

    tasks = [task(key, seed, fold) for key in names for seed in seeds for fold in folds]
    time = "2026-01-01T00:00:00Z"
    lines, last = [], ""

    def add(record):
        nonlocal last
        text = json.dumps(record, separators=(",", ":"))
        last = hashlib.sha256((last + text).encode()).hexdigest()[:16]
        lines.append(f'{text[:-1]},"sum":"{last}"}}\n')

    add({
        "event": "job-started", "time": time, "format": 4, "program": "htnet, made up",
        "configurationSHA256": hashlib.sha256(configuration.encode()).hexdigest(), "dataSHA256": "d" * 64,
        "settings": settings, "seeds": seeds, "seed": seeds[0], "splitsBy": "subject",
        "protocols": ["last-epoch", "best-on-test"], "classes": 3,
        "classNames": ["negative", "positive", "surprise"], "clips": data, "tasks": tasks,
        "machine": {
            "hosts": ["a", "b"], "ranks": 4, "groups": [[0], [1], [2], [3]], "threadsPerRank": 1,
            "cpu": "made up", "kernel": "none", "mpi": "none"}})
    for number, key in enumerate(names):
        for seed in seeds:
            for fold in folds:
                mine = [clip for clip in data if clip["fold"] == fold]
                truth = np.eye(3)[[clip["truth"] for clip in mine]]
                growth = 1 - np.exp(-np.arange(1, arguments.epochs + 1) / 15)
                skill = 1.5 + 0.15 * number
                logits = (growth[:, None, None] * skill * truth
                          + random.normal(0, 1.3, (arguments.epochs, len(mine), 3))).astype(np.float32)
                logits = np.round(logits.astype(float), 6).tolist()
                losses = (1.1 * np.exp(-np.arange(arguments.epochs) / (12 + random.random() * 6))).tolist()
                name = task(key, seed, fold)
                place = run + f"/settings/{urllib.parse.quote(key, safe=str())}" + (f"/seed-{seed}" if "seed" in name else "")
                place += f"/folds/{fold}"
                os.makedirs(place)
                text = json.dumps({
                    "format": 4, "task": name, "fold": folds.index(fold), "clips": [clip["clip"] for clip in mine],
                    "losses": losses, "logits": logits[-1], "logits_of_every_epoch": logits,
                    "weights_sha256": "w"}, separators=(",", ":"))
                with open(f"{place}/result.json", "w") as file:
                    file.write(text)
                add({"event": "fold-started", "time": time, "task": name, "ranks": [0]})
                add({
                    "event": "fold-finished", "time": time, "task": name, "seconds": 2.5,
                    "resultSHA256": hashlib.sha256(text.encode()).hexdigest(), "weightsSHA256": "w"})
    add({"event": "run-finished", "time": time})
    with open(f"{run}/ledger.jsonl", "w") as file:
        file.writelines(lines)
    print(f"{run}: {len(tasks)} trainings")


if __name__ == "__main__":
    main()
