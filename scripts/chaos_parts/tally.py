"""What happened: faults, endings, runs and troubles."""

import collections
import statistics
import time

from .processes import Trouble, ending

# How a run was completed under a fault. Others had to be started again.
SAME_JOB, NEXT_JOB, TROUBLE = "the same job", "the supervisor's next job", "TROUBLE"


class Tally:
    def __init__(self, seed, faults, seconds):
        self.seed, self.faults, self.bound = seed, faults, seconds
        self.start = time.monotonic()
        self.counts = collections.Counter()
        self.endings = collections.defaultdict(collections.Counter)
        self.lasted = collections.defaultdict(list)  # seconds from a fault to its job's end
        self.jobs = self.runs = 0
        self.resumed = 0  # folds that went on at a checkpoint
        self.troubles = []
        self.is_stopped = False

    def fault(self, name, how, seconds=None):
        """A fault happened, and its job ended so, so many seconds later."""
        self.counts[name] += 1
        if seconds is not None:
            self.lasted[name].append(seconds)
        self.endings[name][how if isinstance(how, str) else ending(how)] += 1

    @property
    def left(self):
        """Faults that are still to be made."""
        return self.faults - sum(self.counts.values())

    def is_over(self, share=1.0):
        """Whether to begin nothing new: this share of the time is up, or too much went wrong."""
        seconds = self.bound * share
        return self.is_stopped or (seconds > 0 and time.monotonic() - self.start > seconds) or len(self.troubles) >= 20

    def guarded(self, body, *arguments):
        """Runs one case; a trouble is printed and counted, and the next case goes on."""
        try:
            body(*arguments)
        except Trouble as trouble:
            self.runs += 1  # The next run gets a directory of its own.
            self.troubles.append(str(trouble))
            print(f"TROUBLE: {trouble}", flush=True)

    def say(self):
        print(f"{sum(self.counts.values())} faults, {self.runs} runs, {len(self.troubles)} troubles, "
              f"{time.monotonic() - self.start:.0f} s", flush=True)

    def blind_spots(self):
        """What this many faults should have met and did not."""
        spots = []
        if self.resumed == 0 and sum(self.counts.values()) >= 20:
            spots.append("no fold ever went on at a checkpoint")
        signals = {name: times for name, times in self.counts.items() if name.startswith("SIG")}
        if sum(signals.values()) >= 20 and not any("rank" in name for name in signals):
            spots.append("no signal ever met a rank")
        # On hosts: every one of these ends a job that has not ended yet.
        name = "SIGKILL, mpirun"
        if self.lasted and self.counts[name] >= 5 and self.endings[name][SAME_JOB] == self.counts[name]:
            spots.append(f"no job ever ended by {name}")
        return spots

    def summary(self):
        width = max(map(len, self.counts), default=5)
        timed = "  median  longest s" if self.lasted else ""
        print(f"\n{'fault':{width}}  times{timed}  how the disturbed jobs ended")
        for name in sorted(self.counts):
            ends = ", ".join(f"{end} × {times}" for end, times in self.endings[name].most_common())
            if timed:
                lasted = self.lasted[name]
                ends = f"{statistics.median(lasted):6.1f}  {max(lasted):9.1f}  {ends}"
            print(f"{name:{width}}  {self.counts[name]:5}  {ends}")
        if self.lasted:
            all_ends = sum(self.endings.values(), collections.Counter())
            survived, restarted = (sum(times for end, times in all_ends.items() if end.startswith(how))
                                   for how in (SAME_JOB, NEXT_JOB))
            print(f"\n{survived} survived in the same job, {restarted} went on by the supervisor, "
                  f"{all_ends.total() - survived - restarted - all_ends[TROUBLE]} by the same command again")
        print(f"\nseed {self.seed}: {sum(self.counts.values())} faults in {self.jobs} jobs; "
              f"{self.runs - len(self.troubles)} runs completed and equal to the undisturbed ones, "
              f"{self.resumed} folds went on at a checkpoint, {len(self.troubles)} troubles; "
              f"{time.monotonic() - self.start:.0f} s")
