"""Jobs over several hosts: how they are started, waited for, and what they ended in."""

import os
import time

from .processes import Trouble, ending, reap
from .run_files import ledger
from .tally import NEXT_JOB, SAME_JOB

SLOTS = 2  # of each host
STALL = 15  # cluster.stall_seconds
SUPERVISOR_STALL = 90  # seconds after which a supervisor gives a job up
RESTARTS = 20
LONGEST_CLEARING = 30  # seconds in which a job's processes must end after it
ALONE = 20  # seconds after which mpirun --enable-recovery, left without a rank that runs, is ended as its user would
OWN = (2, 73, 74, 76)  # statuses of htnet that no fault of a process or a link may bring


def jobs_begun(run):
    return sum(record["event"] == "job-started" for record in ledger(run))


def finished_folds(run):
    return len({str(record["task"]) for record in ledger(run) if record["event"] == "fold-finished"})


class ClusterJobs:
    """mpirun_arguments: what mpirun is told besides."""

    folds = 0  # that a complete run has

    def __init__(self, jobs, hosts, mpirun_arguments):
        self.jobs, self.hosts, self.tally = jobs, hosts, jobs.tally
        self.mpirun_arguments = mpirun_arguments
        self.recovers = "--enable-recovery" in mpirun_arguments

    def launch(self, run, ranks, per_fold, supervised):
        """Starts a job from node1, its ranks one after another on all hosts."""
        self.tally.jobs += 1
        command = [str(self.jobs.binary), *self.jobs.training(run, False),
                   "--set", f"cluster.stall_seconds={STALL}",
                   "--set", f"cluster.ranks_per_fold={per_fold}"]
        told = ["--map-by", "node", "-x", "SWIFT_BACKTRACE", *self.mpirun_arguments]
        if supervised:
            command += ["--restarts", str(RESTARTS), "--ranks", str(ranks), "--stall-deadline",
                        str(SUPERVISOR_STALL), "--mpirun-args", " ".join(told)]
            command = self.hosts.command("exec", "node1", *command)
        else:
            command = self.hosts.command("run", "-n", ranks, *told, *command)
        _, environment = self.jobs.environment()
        begun = jobs_begun(run)
        job = self.jobs.start(command, run, environment)
        job.begun, job.supervised, job.alone = begun, supervised, False
        return job

    def wait_for_training(self, job, run):
        """Waits until a job has begun a fold, or has ended, or too long; the moment when."""
        patience = time.monotonic() + self.jobs.longest
        while job.poll() is None and time.monotonic() < patience:
            events = [record["event"] for record in ledger(run)]
            if events.count("job-started") > job.begun and events[-1] != "job-started":
                break
            time.sleep(0.1)
        return time.monotonic()

    def ranks(self, job, host):
        """The ranks on a host."""
        return [pid for pid in self.hosts.programs(host, self.jobs.binary.name) if pid != job.pid]

    def finish(self, job, what):
        """Waits for a job and all its processes; gives its status and its output.

        A job hangs that says nothing for as long as is allowed, or goes on five times as long.
        """
        begin = changed = looked = at_work = now = time.monotonic()
        said = -1
        while job.poll() is None and now < min(begin + 5 * self.jobs.longest, changed + self.jobs.longest):
            if (size := os.fstat(job.log.fileno()).st_size) != said:
                said, changed = size, now
            if self.recovers and not job.supervised and now - looked > 1:
                looked = now
                if self.has_ranks():
                    at_work = now
                elif now - at_work > ALONE:
                    job.alone = True
                    self.hosts.end_processes()
            time.sleep(0.05)
            now = time.monotonic()
        if (status := job.poll()) is None:
            raise self.trouble(job, f"{what}: the job hangs")
        left = self.hosts.wait_for_processes(LONGEST_CLEARING)
        # A daemon of mpirun's without ranks, or sshd's part of a cut connection, does no harm to a run.
        # The first is told of; both are ended.
        commands = [command for _, _, command in left.values() if not command.startswith("sshd:")]
        if not all(command.startswith("orted ") for command in commands):
            raise self.trouble(job, f"{what}: the job ended with {ending(status)}, processes are left")
        job.left = len(commands)
        reap()
        return status, self.jobs.output(job, what)

    def has_ranks(self):
        """Whether any rank runs, and is not stopped."""
        return any(state != "T" and command.startswith(str(self.jobs.binary))
                   for _, state, command in self.hosts.processes().values())

    def trouble(self, job, what):
        """A trouble that shows what runs and what was said; ends the job."""
        running = "".join(f"\n  {host} {pid} {state} {command[:60]}"
                          for pid, (host, state, command) in self.hosts.processes().items())
        self.hosts.mend()
        job.kill()
        job.wait()
        job.log.seek(job.position)
        return Trouble(f"{what}:{running}\n{job.log.read().decode(errors='replace')[-8000:]}")

    def how(self, run, job, status, text, what):
        """What a job ended in: what counts are the folds that the run has, of as many as it needs.

        A job that ends between the last fold and the ledger's `run-finished` is complete too.
        """
        complete = finished_folds(run) == self.folds
        begun = jobs_begun(run) - job.begun
        wrong = status in OWN or job.supervised and status == 0 and not complete
        if wrong or "another job is using" in text or "others of its ranks are alive" in text:
            raise Trouble(f"{what}: {ending(status)}, complete: {complete}\n{text[-8000:]}")
        if not complete:
            how = ending(status) + (", not complete" if status == 0 else "")
        elif begun > 1:
            how = NEXT_JOB
        else:
            how = SAME_JOB + (f", {ending(status)}" if status else "")
        return how + (", orted left" if job.left else "") + (", mpirun left alone" if job.alone else "")


def wait_until(job, moment):
    """Waits until a moment, or the end of a job; whether it still runs."""
    while job.poll() is None and time.monotonic() < moment:
        time.sleep(0.05)
    return job.poll() is None
