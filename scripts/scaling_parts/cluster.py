"""Two and four hosts on this machine, each rank on a core of its own."""

import json
import re
import subprocess
import time

from .jobs import LONGEST, spread, table

PINNED = ["sh", "-c", 'exec taskset -c $((OMPI_COMM_WORLD_RANK % $(nproc --all))) "$@"', "pin"]
ALONE = ["taskset", "-c", "0"]


class Cluster:
    """Hosts of cluster/local-cluster."""

    def __init__(self, one_host, bench):
        self.one, self.bench, self.rounds = one_host, bench, one_host.rounds
        self.tool = [str(one_host.root / "cluster/local-cluster"), "--state",
                     str(one_host.directory / "cluster")]

    def call(self, *words):
        done = subprocess.run([*self.tool, *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=LONGEST)
        if done.returncode:
            raise SystemExit(f"local-cluster {' '.join(map(str, words))}: {done.stderr[-2000:]}")
        return done.stdout

    def run(self, ranks, words):
        """A job's output, and its seconds."""
        begin = time.monotonic()
        output = self.call("run", "-n", ranks, *PINNED, *words)
        return output, time.monotonic() - begin

    def alone(self, words):
        begin = time.monotonic()
        output = self.call("exec", "node1", *ALONE, *words)
        return output, time.monotonic() - begin

    def measure(self, rates):
        self.call("up", "--hosts", 4)
        try:
            self.bytes_on_the_wire()
            self.folds()
            for rate, batch, rounds in rates:
                self.call("shape", rate)
                self.steps(rate, batch, rounds)
        finally:
            self.call("down")

    def sent(self, hosts):
        """Bytes that hosts have sent."""
        total = 0
        for number in range(1, hosts + 1):
            text = self.call("exec", f"node{number}", "cat", "/proc/net/dev")
            total += int(re.search(r"eth0:\s*(.*)", text)[1].split()[8])
        return total

    def bytes_on_the_wire(self):
        """Of trainings of two lengths: what a step sends, beside the least that a ring would."""
        data, rows = self.one.synthesize(5, 5), []
        for ranks in (2, 4):
            sizes = []
            settings = ["model.dim=96", "folds.include=[sub01]", f"cluster.ranks_per_fold={ranks}"]
            for epochs in (10, 60):
                words, _ = self.one.training(data, "small.yaml",
                                             [*settings, f"training.epochs={epochs}"])
                before = self.sent(ranks)
                self.run(ranks, words)
                sizes.append(self.sent(ranks) - before)
            step = (sizes[1] - sizes[0]) / 50 / ranks
            said = subprocess.run(
                [str(self.one.binary), "plan", "--ranks", str(ranks), "--calibration", "1", *words[2:6],
                 *[word for setting in settings for word in ("--set", setting)]],
                capture_output=True, text=True, check=True).stdout
            least = float(re.search(r"network\s+([\d.]+) MB", said)[1])
            rows.append([ranks, f"{step / 1e6:.2f}", least, f"{step / 1e6 / least:.3f}"])
        print("MB that a rank sends in a step, all that its host's cable carries:")
        table(["ranks", "sent", "`htnet plan`, the least of a ring", "ratio"], rows)

    def folds(self):
        """Folds in parallel."""
        data, times = self.one.synthesize(8, 6), ([], [])
        settings = ["model.dim=48", "training.epochs=240", "cluster.ranks_per_fold=1"]
        for _ in range(self.rounds):
            for place, start in enumerate((self.alone, lambda words: self.run(2, words))):
                words, _ = self.one.training(data, "small.yaml", settings)
                times[place].append(start(words)[1])
        shares = [alone / (2 * both) for alone, both in zip(*times)]
        print("Eight folds, a rank a host and core, whole jobs in turn:")
        table(["seconds, 1 rank", "seconds, 2 ranks", "efficiency"],
              [[spread(times[0]), spread(times[1]), spread(shares)]])

    def steps(self, rate, batch, rounds):
        """One fold on two ranks: the paper's model, steps of one rank and of two in turn."""
        alone, both, least = [], [], []
        for _ in range(rounds):
            words = [self.bench, "step", "--step-only", "--threads", 1, "--batch", batch, "--steps", 2,
                     "--json"]
            alone.append(json.loads(self.alone(words)[0])["seconds_per_step"])
            words = [self.bench, "exchange", "--threads", 1, "--batch", batch, "--rounds", 1, "--json"]
            found = json.loads(self.run(2, words)[0])
            both.append(found["step_seconds"])
            least.append(found["exchange_seconds"])
        shares = [one / (2 * two) for one, two in zip(alone, both)]
        print(f"A step of the paper's model on two ranks, {rate}, batch {batch}:")
        table(["seconds, 1 rank", "seconds, 2 ranks", "exchange on its own", "efficiency"],
              [[spread(alone), spread(both), spread(least), spread(shares)]])
