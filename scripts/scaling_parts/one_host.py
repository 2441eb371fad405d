"""What grows with the ranks of one host, and how long a rank is without a fold."""

import json
import shutil
import subprocess
import sys
import time

from .jobs import Job, mpirun, seconds, spread, table

# Begins and ends MPI, and nothing else.
TRIVIAL = """#include <mpi.h>
int main(int n, char **a) { MPI_Init(&n, &a); MPI_Barrier(MPI_COMM_WORLD); return MPI_Finalize(); }
"""
# Turns a second of the lifelines' thread, which sleeps 20 ms between two, and late where cores are few.
LIFELINES = (20, 51)


class OneHost:
    def __init__(self, root, binary, directory, pause, rounds):
        self.root, self.binary, self.directory = root, binary, directory
        self.pause, self.rounds, self.runs = pause, rounds, 0

    def synthesize(self, subjects, clips):
        data = self.directory / f"data-{subjects}"
        if not data.exists():
            subprocess.run([self.binary, "synthesize", "--output", data, "--subjects", str(subjects),
                            "--clips", str(clips), "--seed", "3"], check=True,
                           stdout=subprocess.DEVNULL)
        return data

    def training(self, data, config, settings):
        self.runs += 1
        run = self.directory / f"run-{self.runs}"
        words = [str(self.binary), "train", "--config", str(self.root / "configs" / config), "--data",
                 str(data), "--run", str(run)]
        for setting in ["training.threads_per_rank=1", *settings]:
            words += ["--set", setting]
        return words, run

    def growth(self, counts, more):
        """Start, coordinator, memory of rank 0 by the number of ranks: the small model, a fold a rank."""
        trivial = self.directory / "trivial"
        source = self.directory / "trivial.c"
        source.write_text(TRIVIAL)
        subprocess.run(["mpicc", "-O1", "-o", trivial, source], check=True)
        data = self.synthesize(68, 6)
        starts, uses = [], []
        try:
            for count in counts:
                start, use = self.grown(count, mpirun(count, more), data, trivial)
                starts.append(start)
                uses.append(use)
        finally:
            print("Seconds from the start of mpirun:")
            table(["ranks", "`mpirun true` ends", "MPI_Init and MPI_Finalize end",
                   "htnet's first step"], starts)
            print("Rank 0; shares of a core in percent, turns a second, MB:")
            table(["ranks", "coordinator", "turns", "lifelines", "turns", "resident", "its own",
                   "part of shared memory", "open files"], uses)

    def grown(self, count, launcher, data, trivial):
        """A row of each table."""
        launch, init, first, use = [], [], [], []
        for _ in range(self.rounds):
            launch.append(seconds(launcher + ["true"]))
            init.append(seconds(launcher + [str(trivial)]))
            words, run = self.training(data, "small.yaml", ["training.epochs=100000"])
            job = Job(launcher + words)
            try:
                first.append(job.wait_for_step())
                time.sleep(3)
                rank = job.rank(0)
                use.append((self.watchers(rank.shares(self.pause), count), rank.memory(), rank.files()))
            finally:
                job.stop()
                shutil.rmtree(run, ignore_errors=True)
            print(f"{count} ranks: {time.monotonic() - job.begin:.0f} s", file=sys.stderr)
        row = [count]
        for thread in (0, 1):
            found = [watchers[thread] for watchers, _, _ in use if watchers[thread]]
            row += [spread([share for share, _ in found]) if found else "–",
                    spread([turns for _, turns in found], 0) if found else "–"]
        row += [spread([memory[part] for _, memory, _ in use], 1) for part in range(3)]
        return [count, spread(launch), spread(init), spread(first)], row + [use[0][2]]

    @staticmethod
    def watchers(shares, count):
        """Coordinator and lifelines among the threads. The kernel knows no names of them, but they are the
        last that rank 0 has made, the coordinator at the end, and lifelines sleep 20 ms between two turns."""
        if count == 1:
            return shares[-1], None
        lifelines, coordinator = shares[-2:]
        if not LIFELINES[0] < lifelines[1] < LIFELINES[1]:
            raise SystemExit(f"which thread is the lifelines'? Turns a second: {shares}")
        return coordinator, lifelines

    def finished(self, job, run):
        """Of each leader, its folds as they end: when rank 0 heard it, and seconds of the fold."""
        leaders = {}
        for line in (run / "ledger.jsonl").read_text().splitlines():
            record = json.loads(line)
            if record.get("event") == "fold-started":
                leaders[record["task"]["split"]] = record["ranks"][0]
        ends = {}
        for when, event in job.events:
            if event.get("event") == "fold-finished":
                ends.setdefault(leaders[event["fold"]], []).append((when, event["seconds"]))
        return ends

    def hand_over(self, counts):
        """From a fold's end to the beginning of the next one, with the writing of its result."""
        rows = []
        data = self.synthesize(68, 6)
        for count in counts:
            gaps = []
            for _ in range(self.rounds):
                words, run = self.training(data, "smoke.yaml",
                                           ["training.epochs=3", "cluster.ranks_per_fold=1"])
                job = Job(mpirun(count) + words)
                job.wait()
                for ends in self.finished(job, run).values():
                    gaps += [1000 * (b[0] - b[1] - a[0]) for a, b in zip(ends, ends[1:])]
                shutil.rmtree(run)
            gaps.sort()
            rows.append([count, len(gaps)] + [f"{gaps[int(part * (len(gaps) - 1))]:.1f}"
                                              for part in (0.5, 0.95, 1)])
        print("Milliseconds from the end of a fold to the beginning of the next one:")
        table(["ranks", "times", "median", "of 95 in 100 at most", "longest"], rows)
        self.besides()

    def besides(self):
        """What a fold takes besides its epochs, by trainings of two lengths."""
        rows = []
        for name, config, (subjects, clips), (few, many) in (
                ("`configs/smoke.yaml`", "smoke.yaml", (20, 6), (2, 12)),
                ("`configs/small.yaml`", "small.yaml", (8, 6), (2, 12)),
                ("`configs/composite.yaml`, batches of 20", "composite.yaml", (5, 5), (2, 6))):
            data, found = self.synthesize(subjects, clips), []
            for _ in range(self.rounds):
                times = []
                for epochs in (few, many):
                    words, run = self.training(data, config, [f"training.epochs={epochs}"])
                    job = Job(words)
                    job.wait()
                    ends = next(iter(self.finished(job, run).values()))
                    times.append((ends[-1][0] - ends[0][0]) / (len(ends) - 1))
                    shutil.rmtree(run)
                found.append(1000 * (many * times[0] - few * times[1]) / (many - few))
            rows.append([name, spread(found, 0)])
        print("Milliseconds of a fold besides its epochs, one rank:")
        table(["model", "ms"], rows)
