"""Jobs of htnet on this machine: when they say what, and what their ranks use."""

import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import threading
import time

LONGEST = 300


def mpirun(ranks, more=()):
    """mpirun for so many ranks on however few cores."""
    name = "mpirun.openmpi" if shutil.which("mpirun.openmpi") else "mpirun"
    return [name, "-n", str(ranks), "--oversubscribe", "--bind-to", "none",
            "--mca", "mpi_yield_when_idle", "1", *more]


def environment():
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                HTNET_LOG="json")


def seconds(command):
    """What a command takes that must succeed."""
    begin = time.monotonic()
    subprocess.run(command, env=environment(), check=True, timeout=LONGEST,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def spread(values, digits=2):
    """The median, and between which values it lies."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f} – {max(values):.{digits}f})")


def table(names, rows):
    """As Markdown."""
    for row in [names, ["---"] * len(names), *rows]:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
    print(flush=True)


class Job:
    """A training. Each line of its log is stamped when it comes."""

    def __init__(self, command):
        self.begin = time.monotonic()
        self.events = []
        self.process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            now = time.monotonic() - self.begin
            try:
                self.events.append((now, json.loads(line)))
            except ValueError:
                self.events.append((now, {"message": line.strip()}))

    def wait_for_step(self):
        """Seconds from the start of mpirun to the first step of any rank, which rank 0 says at once."""
        while time.monotonic() - self.begin < LONGEST and self.process.poll() is None:
            for when, event in list(self.events):
                if event.get("event") == "progress" and event.get("samples_per_second", 0) > 0:
                    return when
            time.sleep(0.005)
        raise SystemExit(f"the job takes no step: {[e['message'] for _, e in self.events][-5:]}")

    def wait(self):
        """Seconds to its end, which must be good."""
        try:
            status = self.process.wait(LONGEST)
        except BaseException:
            self.stop()
            raise
        end = time.monotonic() - self.begin
        self.reader.join()
        if status:
            raise SystemExit(f"status {status}: {[e['message'] for _, e in self.events][-5:]}")
        return end

    def stop(self):
        """Ends a job of which nothing is wanted any more."""
        self.process.send_signal(signal.SIGUSR1)
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait(30)

    def rank(self, number):
        """The process of a rank."""
        wanted = f"OMPI_COMM_WORLD_RANK={number}".encode()
        parents = {self.process.pid}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent in parents and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    return Rank(int(entry.name))
            except OSError:
                pass
        raise SystemExit(f"rank {number} is not there")


class Rank:
    """What a process uses, as the kernel counts it."""

    def __init__(self, pid):
        self.place = pathlib.Path(f"/proc/{pid}")

    def threads(self):
        """Of each thread nanoseconds on a core and how many times it got one, in the order in which they were
        made. Those that the Dispatch library makes, which have names of their own, are left out."""
        found, main = {}, (self.place / "comm").read_text()
        for task in sorted(self.place.glob("task/*"), key=lambda path: int(path.name)):
            if (task / "comm").read_text() != main:
                continue
            run, _, turns = (task / "schedstat").read_text().split()
            found[task.name] = (int(run), int(turns))
        return found

    def shares(self, pause):
        """Of each thread, the main one left out: its share of a core in percent, and its turns a second."""
        begin, before = time.monotonic(), self.threads()
        time.sleep(pause)
        passed, after = time.monotonic() - begin, self.threads()
        return [(100e-9 * (after[name][0] - before[name][0]) / passed,
                 (after[name][1] - before[name][1]) / passed)
                for name in list(before)[1:] if name in after]

    def memory(self):
        """MB: resident, and the process's own part of it without files and shared memory."""
        lines = (self.place / "smaps_rollup").read_text().splitlines()[1:]
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
        return sizes["Rss"], sizes["Pss_Anon"], sizes["Pss_Shmem"]

    def files(self):
        return len(list((self.place / "fd").iterdir()))
