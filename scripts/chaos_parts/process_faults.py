"""Faults of processes at random times, and of files between jobs, until each run is complete."""

import os
import pathlib
import signal
import time

from .file_faults import REFUSALS
from .processes import Trouble, processes
from .run_files import CHECKPOINT, FOR_PEOPLE, damage, is_complete, kind_of_file, read_faults

KINDS = ([(name, target) for name in ("SIGKILL", "SIGSEGV", "SIGTERM", "SIGUSR1")
          for target in ("random rank", "rank 0", "mpirun")]
         + [("SIGSTOP", target) for target in ("random rank", "rank 0", "mpirun")]
         + [("freeze for 1 s", "random rank"), ("SIGTERM", "supervisor"),
            ("SIGKILL", "supervisor"), ("file fault", "random rank"), ("file fault", "rank 0"),
            ("torn ledger", "between jobs"), ("damaged result", "between jobs")]
         + [("damaged checkpoint", "between jobs")] * 2)
MOST_IN_A_RUN = 8


class ProcessFaults:
    """window: seconds after a job's start in which its fault happens."""

    def __init__(self, runs, window):
        self.runs, self.jobs, self.tally = runs, runs.jobs, runs.tally
        self.random, self.window = runs.random, window

    def run(self):
        """Disturbs one run after another until all faults are made."""
        expected = self.runs.undisturbed("undisturbed", False)
        while not self.tally.is_over() and self.tally.left > 0:
            self.tally.guarded(self.disturbed_run, expected, min(self.tally.left, MOST_IN_A_RUN))
            self.tally.say()

    def disturbed_run(self, expected, count):
        """One run under at most `count` faults, which is then completed and compared."""
        run = self.runs.directory / f"run-{self.tally.runs}"
        happened, tries, redone, what = 0, 0, False, []
        while not is_complete(run):
            tries += 1
            if happened >= count or tries > 3 * count or self.tally.is_over():
                self.runs.go_on(run, False, "; ".join(what))
                continue
            kind, target = self.random.choice(KINDS)
            if target == "between jobs":
                did, how = damage(run, kind, self.random), "no job"
                redone = redone or did and kind != "damaged checkpoint"
            else:
                did, how = self.disturb(run, kind, target)
            if did:
                happened += 1
                what.append(f"{kind}, {target}")
                self.tally.fault(what[-1], how)
        self.runs.check(run, expected, redone, "; ".join(what))
        self.runs.forget(run)

    def disturb(self, run, kind, target):
        """One job with one fault. Gives whether the fault happened, and the job's status."""
        ranks = self.random.randint(1, 4)
        supervised = (kind == "SIGSTOP" or target == "supervisor"
                      or kind != "file fault" and self.random.random() < 0.3)
        if target == "mpirun" and not supervised:
            ranks = max(ranks, 2)
        pathlib.Path(f"{run}.faults").unlink(missing_ok=True)
        fault = self.file_fault(run, target, ranks) if kind == "file fault" else None
        job = self.jobs.launch(run, ranks=ranks, supervised=supervised, extra=fault)
        happened = fault is None and self.send(job, kind, target)
        if (kind, target) == ("SIGKILL", "supervisor") and happened:
            # mpirun goes on alone; its lock would keep the next job out until it is done.
            self.jobs.wait_for_processes(job, self.jobs.longest)
        status, text = self.jobs.finish(job, f"{kind}, {target}")
        if fault is not None:
            happened = self.check_file_fault(run, fault, status, f"{kind}, {target}", text)
        if "another job is using" in text or "others of its ranks are alive" in text:
            raise Trouble(f"{kind}, {target}: refused by the lock of a job that is gone\n{text}")
        return happened, status

    def file_fault(self, run, target, ranks):
        operation = self.random.choice(["write", "write", "sync", "rename", "create"])
        rank = None if ranks == 1 else 0 if target == "rank 0" else self.random.randrange(ranks)
        return self.jobs.faulty(run, operation, self.random.randint(1, 12),
                                self.random.choice(["torn", "kill", "enospc", "eio"]),
                                self.random.random() < 0.3, rank)

    @staticmethod
    def check_file_fault(run, fault, status, what, text):
        """Whether a file fault happened; what is refused must show in the status."""
        faults = read_faults(pathlib.Path(f"{run}.faults"))
        if status == 0 and faults and fault["FAULT_KIND"] in REFUSALS:
            # Directories are made for checkpoints too, and other ranks do without the lock.
            allowed = [None, CHECKPOINT, *FOR_PEOPLE] + (["lock*"] if "FAULT_RANK" in fault else [])
            if kind_of_file(faults[0][1]) not in allowed:
                raise Trouble(f"{what}: status 0 though {faults} was refused\n{text}")
        return bool(faults)

    def send(self, job, kind, target):
        """Sends a signal at a random time; whether there was a process that got it."""
        time.sleep(self.random.uniform(0, self.window))
        pid = self.jobs.pick(job, target)
        if not pid or job.poll() is not None:
            return False
        freezes = kind.startswith("freeze")
        try:
            os.kill(pid, signal.SIGSTOP if freezes else getattr(signal, kind))
        except ProcessLookupError:
            return False
        try:
            # Swift's and MPI's handlers print a backtrace and return, since a real fault happens
            # again at once; so it must here too.
            for _ in range(100 if kind == "SIGSEGV" else 0):
                time.sleep(0.05)
                if pid not in processes(job.mark):
                    break
                os.kill(pid, signal.SIGSEGV)
            if freezes:
                time.sleep(1)
                os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
        return True
