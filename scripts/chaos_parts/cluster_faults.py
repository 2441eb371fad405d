"""Faults of hosts, links and processes of jobs over several hosts, until each run is complete."""

import dataclasses
import random
import signal
import time

from .cluster_jobs import finished_folds, wait_until
from .processes import Trouble, send
from .run_files import is_complete
from .tally import TROUBLE

KINDS = ["SIGKILL, rank", "SIGSTOP, rank", "SIGSTOP and SIGCONT, rank", "SIGKILL, orted",
         "SIGKILL, mpirun", "SIGUSR1, mpirun", "SIGTERM, mpirun", "host off",
         "link cut", "link cut and healed", "two hosts cut", "two hosts cut and healed"]
LONG = 20  # seconds: what else would stay until a supervisor gives up is mended after so long
MOST_IN_A_RUN = 6


@dataclasses.dataclass
class Plan:
    """One job and its fault. All choices are made before it begins."""
    kind: str
    ranks: int
    per_fold: object
    supervised: bool
    training: bool  # whether the fault waits until a fold has begun
    moment: float  # seconds after that, or after the job's start
    lasts: float  # seconds; None: until the job has ended
    host: str
    other: str
    which: float  # of several processes, from 0 to 1

    @staticmethod
    def draw(choices, names, window):
        kind = choices.choice(KINDS)
        ranks = choices.randint(2, len(names) + 1)
        supervised = choices.random() < 0.4
        used = names[:ranks]
        host, other = choices.sample(used, 2)
        if kind == "SIGKILL, orted" and host == names[0]:
            host = other  # mpirun itself is the daemon there
        short = choices.uniform(0.5, 15)
        lasts = short if "and" in kind else LONG if supervised else None
        return Plan(kind, ranks, choices.choice(["auto", *range(1, min(ranks, 4) + 1)]), supervised,
                    choices.random() < 0.6, choices.uniform(0, window), lasts, host, other, choices.random())


class ClusterFaults:
    """window: seconds after a job's start in which its fault happens."""

    def __init__(self, runs, cluster_jobs, window):
        self.runs, self.jobs, self.tally = runs, cluster_jobs, runs.tally
        self.hosts, self.window = cluster_jobs.hosts, window
        self.number = 0

    def run(self):
        """Disturbs one run after another until all faults are made."""
        expected = self.runs.undisturbed("undisturbed", False)
        self.jobs.folds = finished_folds(self.runs.directory / "undisturbed")
        while not self.tally.is_over() and self.tally.left > 0:
            self.tally.guarded(self.disturbed_run, expected, min(self.tally.left, MOST_IN_A_RUN))
            self.tally.say()

    def draw(self):
        """The next plan, which depends on the seed and its number alone."""
        self.number += 1
        choices = random.Random(f"{self.tally.seed} {self.number}")
        return Plan.draw(choices, self.hosts.names, self.window)

    def disturbed_run(self, expected, count):
        """One run under at most `count` faults, which is then completed and compared."""
        run = self.runs.directory / f"cluster-{self.tally.runs}"
        happened, tries = [], 0
        while not is_complete(run):
            plan, tries = self.draw(), tries + 1
            if len(happened) >= count or tries > 3 * count or self.tally.is_over():
                self.go_on(run, plan, "; ".join(happened))
            elif self.disturb(run, plan):
                happened.append(plan.kind)
        self.runs.check(run, expected, False, "; ".join(happened))
        self.runs.forget(run)

    def go_on(self, run, plan, what):
        """Lets a run go on undisturbed, which must complete it."""
        job = self.jobs.launch(run, plan.ranks, plan.per_fold, plan.supervised)
        status, text = self.jobs.finish(job, what)
        if status or not is_complete(run):
            raise Trouble(f"{what}: going on ended with {status}\n{text[-8000:]}")

    def disturb(self, run, plan):
        """One job with one fault; whether the fault happened."""
        job = self.jobs.launch(run, plan.ranks, plan.per_fold, plan.supervised)
        begin = time.monotonic()
        happened, what = None, f"fault {self.number}, {plan}"
        try:
            if plan.training:
                begin = self.jobs.wait_for_training(job, run)
            happened = wait_until(job, begin + plan.moment) and self.strike(job, plan)
            struck = time.monotonic()
            if happened and plan.lasts is not None and wait_until(job, struck + plan.lasts):
                self.mend(plan, happened)
            status, text = self.jobs.finish(job, what)
            seconds = time.monotonic() - struck
            how = self.jobs.how(run, job, status, text, what)
        except Trouble:
            if happened:
                self.tally.fault(plan.kind, TROUBLE, time.monotonic() - struck)
            raise
        finally:
            self.hosts.mend()
        if happened:
            self.tally.fault(plan.kind, how, seconds)
        return bool(happened)

    def strike(self, job, plan):
        """Makes the fault; what it met: a process, a host, or None if it is not there."""
        if plan.kind == "host off":
            self.hosts.switch_off(plan.host)
            return plan.host
        if "cut" in plan.kind:
            hosts = [plan.host] + [plan.other] * plan.kind.startswith("two")
            self.hosts.cut(*hosts)
            return plan.host
        name, target = plan.kind.split(", ")
        if target == "rank":
            found = self.jobs.ranks(job, plan.host)
        elif target == "orted":
            found = self.hosts.programs(plan.host, "orted")
        else:
            found = self.hosts.programs("node1", "mpirun", "mpirun.openmpi")
        if not found:
            return None
        process = found[int(plan.which * len(found))]
        return process if send(process, getattr(signal, name.split()[0])) else None

    def mend(self, plan, met):
        """Ends a fault that does not last until the job's end."""
        if plan.kind == "host off":
            self.hosts.boot()
        elif "cut" in plan.kind:
            self.hosts.heal()
        elif "SIGCONT" in plan.kind:
            send(met, signal.SIGCONT)
