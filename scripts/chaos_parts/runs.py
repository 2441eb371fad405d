"""Runs: what one that nothing disturbed ends in, and whether another ends in the same."""

import json
import pathlib
import shutil

from .processes import Trouble
from .run_files import is_complete, ledger, wrong_metrics


class Runs:
    def __init__(self, jobs):
        self.jobs, self.tally, self.random = jobs, jobs.tally, jobs.random
        self.directory = jobs.directory

    def result(self, run):
        """The report's status and bytes, and each fold's hash."""
        self.jobs.call("report", run)
        report = (run / "report/report.json").read_bytes()
        parsed = json.loads(report)
        hashes = {(seed["seed"], fold["subject"]): fold["weights_sha256"]
                  for setting in parsed["settings"] for seed in setting["by_seed"]
                  for fold in seed["folds"]}
        return parsed["status"], report, hashes

    def check(self, run, expected, redone, what):
        """Compares a complete run with the undisturbed one."""
        self.tally.runs += 1
        status, report, hashes = self.result(run)
        if status != "complete":
            raise Trouble(f"{what}: the report is {status}")
        if hashes != expected[2]:
            raise Trouble(f"{what}: other weights: {hashes} instead of {expected[2]}")
        if report != expected[1]:
            raise Trouble(f"{what}: another report.json")
        finished = [json.dumps(record["task"], sort_keys=True) for record in ledger(run)
                    if record["event"] == "fold-finished"]
        if not redone and len(finished) != len(set(finished)):
            raise Trouble(f"{what}: a finished fold was done again: {finished}")
        if left := [str(path) for path in run.rglob("*.tmp")]:
            raise Trouble(f"{what}: half-written files are left: {left}")
        if wrong := wrong_metrics(run):
            raise Trouble(f"{what}: epochs are missing or there twice in the metrics of {wrong}")

    def undisturbed(self, name, small):
        run = self.directory / name
        status, text = self.jobs.finish(self.jobs.launch(run, small=small), name)
        if status:
            raise Trouble(f"the undisturbed run ended with {status}\n{text}")
        return self.result(run)

    def go_on(self, run, small, what):
        """Lets a run go on undisturbed, which must complete it."""
        ranks = 1 if small else self.random.randint(1, 4)
        status, text = self.jobs.finish(self.jobs.launch(run, ranks=ranks, small=small), what)
        if status or not is_complete(run):
            raise Trouble(f"{what}: going on ended with {status}\n{text}")

    @staticmethod
    def forget(run):
        shutil.rmtree(run, ignore_errors=True)
        for suffix in (".log", ".faults"):
            pathlib.Path(f"{run}{suffix}").unlink(missing_ok=True)
