"""Jobs of htnet: how they are started, waited for and looked into."""

import os
import pathlib
import shutil
import subprocess
import time

from .processes import Trouble, end, processes, program, reap

IS_MPICH = os.environ.get("HTNET_MPI") == "mpich"
RANK = "PMI_RANK" if IS_MPICH else "OMPI_COMM_WORLD_RANK"
MPIRUN = "mpirun.mpich" if IS_MPICH else "mpirun.openmpi"
STALL = 4  # seconds without progress after which a supervisor gives a job up


class Jobs:
    """Starts trainings of the data set in a directory of its own.

    A small training has one fold of a few steps. The others are studies of some seeds with inner trainings.
    Both use every part of the recipe that has a state, or needs the ranks of a group to agree.
    longest: seconds after which a job counts as hanging.
    """

    def __init__(self, root, binary, directory, random, epochs, seeds, longest, tally):
        self.root, self.binary, self.directory = root, binary, directory
        self.random, self.epochs, self.seeds = random, epochs, list(range(1, seeds + 1))
        self.longest, self.tally = longest, tally
        self.marks = 0

    def environment(self, extra=None):
        self.marks += 1
        mark = f"{os.getpid()}-{self.marks}"
        # Swift's backtracer may outlive, and hold on to, the process that it looks at.
        result = dict(os.environ, CHAOS=mark, TMPDIR=str(self.directory / "tmp"),
                      SWIFT_BACKTRACE="enable=no", **(extra or {}))
        if os.getuid() == 0 and not IS_MPICH:
            result.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        return mark, result

    def mpirun_arguments(self):
        if IS_MPICH:
            return []
        # Shared memory files of killed ranks stay; so they go where they are cleared away.
        return ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
                "--mca", "btl_vader_backing_directory", str(self.directory / "shm")]

    def faulty(self, run, operation, number, kind, stays=False, rank=None, files="*"):
        """The environment in which one file operation of a job goes wrong."""
        result = {"LD_PRELOAD": str(self.directory / "file-faults.so"),
                  "FAULT_DIRECTORY": str(run), "FAULT_OPERATION": operation,
                  "FAULT_FILES": files, "FAULT_NUMBER": str(number), "FAULT_KIND": kind,
                  "FAULT_LOG": f"{run}.faults", "FAULT_STAYS": "1" if stays else "0"}
        return result | ({} if rank is None else {"FAULT_RANK": str(rank)})

    def training(self, run, small):
        settings = ["training.threads_per_rank=1", "training.ema=0.9", "training.clip_norm=1",
                    "augmentation.mixup=0.2", "data.scaling=standard", "cluster.stall_seconds=60"]
        settings += (["training.epochs=250", "folds.include=[sub01]", "training.keep_weights=true",
                      "checkpoint.every_seconds=0"] if small
                     else [f"training.epochs={max(self.epochs // 4, 1)}", f"training.seeds={self.seeds}",
                           "evaluation.protocols=[last-epoch, nested, best-on-test]",
                           "evaluation.nested.splits=1",
                           f"checkpoint.every_seconds={self.random.choice([0, 1])}"])
        arguments = ["train", "--config", str(self.root / "configs/smoke.yaml"), "--data",
                     str(self.directory / "data"), "--run", str(run)]
        return arguments + [part for setting in settings for part in ("--set", setting)]

    def call(self, *arguments):
        """Runs a command that must succeed; gives its output."""
        _, environment = self.environment()
        done = subprocess.run([self.binary, *arguments], env=environment, timeout=self.longest,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"htnet {' '.join(map(str, arguments))}: status {done.returncode}\n"
                          + done.stderr)
        return done.stdout

    def launch(self, run, ranks=1, small=False, supervised=False, extra=None):
        """Starts a job on this host."""
        self.tally.jobs += 1
        mark, environment = self.environment(extra)
        command = [str(self.binary), *self.training(run, small)]
        if ranks > 1 or supervised:
            per_fold = self.random.choice(["auto"] + list(range(1, min(ranks, 4) + 1)))
            command += ["--set", f"cluster.ranks_per_fold={per_fold}"]
        if supervised:
            command += ["--restarts", "0", "--ranks", str(ranks), "--stall-deadline", str(STALL),
                        "--mpirun-args", " ".join(self.mpirun_arguments())]
        elif ranks > 1:
            name = MPIRUN if shutil.which(MPIRUN) else "mpirun"
            command = [name, "-n", str(ranks), *self.mpirun_arguments(), *command]
        job = self.start(command, run, environment)
        job.mark = mark
        return job

    @staticmethod
    def start(command, run, environment):
        """Starts a command; its output goes to a file beside the run."""
        log = open(f"{run}.log", "ab+")
        log.write(f"-- {' '.join(command)}\n".encode())
        log.flush()
        position = log.tell()
        job = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                               stderr=log, start_new_session=True)
        job.log, job.position = log, position
        return job

    def wait_for_processes(self, job, seconds):
        """Waits until no process of a job is left; gives those that are."""
        patience = time.monotonic() + seconds
        while (left := processes(job.mark)) and time.monotonic() < patience:
            time.sleep(0.05)
        return left

    def finish(self, job, what):
        """Waits for a job and all its processes; gives status and output."""
        try:
            status = job.wait(timeout=self.longest)
        except subprocess.TimeoutExpired:
            end(job.mark)
            job.wait()
            raise Trouble(f"{what}: the job hangs")
        if left := self.wait_for_processes(job, 20):
            names = [f"{pid} {program(pid)}" for pid in left]
            end(job.mark)
            raise Trouble(f"{what}: processes are left behind: {names}")
        reap()
        return status, self.output(job, what)

    def output(self, job, what):
        """What a job that has ended said."""
        job.log.seek(job.position)
        text = job.log.read().decode(errors="replace")
        job.log.close()
        self.tally.resumed += text.count(" goes on after epoch ")
        if "Fatal error" in text:
            raise Trouble(f"{what}: the program trapped\n{text}")
        return text

    def pick(self, job, target):
        """The process of a job that a fault is meant for; None if it is not there."""
        found = processes(job.mark)
        if target == "supervisor":
            return job.pid if job.pid in found else None
        if target == "mpirun":
            return next((pid for pid in found
                         if program(pid) in ("mpirun", "orterun", "mpiexec.hydra")), None)
        name = pathlib.Path(self.binary).name
        ranks = {}
        for pid, environment in found.items():
            if program(pid) == name and RANK in environment:
                ranks[int(environment[RANK])] = pid
        if not ranks and "--restarts" not in job.args and program(job.pid) == name:
            ranks = {0: job.pid}
        rank = 0 if target == "rank 0" or not ranks else self.random.choice(sorted(ranks))
        return ranks.get(rank)
