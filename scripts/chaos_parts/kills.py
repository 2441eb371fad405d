"""Ranks killed one after another in jobs that go on without them: `htnet train --restarts`."""

import os
import signal
import time

from .processes import Trouble, program
from .run_files import is_complete
from .tally import SAME_JOB

AGAIN = "the same command again"
RANKS = 5
# Seconds without a rank to kill.
LONELY = 20


class Kills:
    """window: seconds between two kills, at most."""

    def __init__(self, runs, window):
        self.runs, self.jobs, self.tally = runs, runs.jobs, runs.tally
        self.random, self.window = runs.random, window

    def run(self):
        expected = self.runs.undisturbed("undisturbed", False)
        while not self.tally.is_over() and self.tally.left > 0:
            self.tally.guarded(self.disturbed_run, expected)
            self.tally.say()

    def disturbed_run(self, expected):
        """Jobs of one run, until it is complete; then it is compared."""
        run = self.runs.directory / f"run-{self.tally.runs}"
        kills = 0
        while not is_complete(run):
            kills += self.disturb(run, f"after {kills} kills")
            if kills > 40:
                self.runs.go_on(run, False, f"after {kills} kills")
        self.runs.check(run, expected, False, f"{kills} kills")
        self.runs.forget(run)

    def disturb(self, run, what):
        """One job, of which rank after rank is killed until it ends; gives how many."""
        job = self.jobs.launch(run, ranks=RANKS, supervised=True)
        made, seen = [], time.monotonic()
        while job.poll() is None and self.tally.left > len(made):
            # mpirun itself may hang when ranks die while they start; `finish` says so.
            if time.monotonic() - seen > LONELY:
                break
            time.sleep(self.random.uniform(0, self.window))
            # Rank 0 now and then: its end is the job's.
            target = "rank 0" if self.random.random() < 0.1 else "random rank"
            pid = self.jobs.pick(job, target)
            if not pid or program(pid) != self.jobs.binary.name:
                continue
            seen = time.monotonic()
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            made.append(target)
        _, text = self.jobs.finish(job, what)
        if "another job is using" in text:
            raise Trouble(f"{what}: refused by the lock of a job that is gone\n{text}")
        how = SAME_JOB if is_complete(run) else AGAIN
        for target in made:
            self.tally.fault(f"SIGKILL, {target}", how)
        return len(made)
