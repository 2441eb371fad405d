"""Every file operation of one small run goes wrong, one after another, in every way."""

import collections
import pathlib
import signal

from .processes import Trouble, ending
from .run_files import CHECKPOINT, FOR_PEOPLE, kind_of_file, read_faults

LAST_NUMBER = 20  # of the operations on checkpoints' files that are tried
REFUSALS = ("enospc", "eio", "eacces")
KINDS = {"write": ["short", "torn", "kill", "enospc", "eio"],
         "sync": ["torn", "kill", "enospc", "eio"],
         "rename": ["torn", "kill", "enospc", "eio", "eacces"],
         "create": ["torn", "kill", "enospc", "eacces"],
         "truncate": ["torn", "kill", "eio"]}


def right_status(purpose, kind, stays):
    """The status that a job must end with whose operation for such a file went wrong."""
    if kind not in REFUSALS:
        return 0 if kind == "short" else -signal.SIGKILL
    if purpose == CHECKPOINT or purpose in FOR_PEOPLE:
        # Training goes on without it, until the disk refuses the result too.
        return 74 if stays else 0
    return 74


class FileFaults:
    def __init__(self, runs):
        self.runs, self.jobs, self.tally = runs, runs.jobs, runs.tally

    def operations(self):
        """Every file operation of a small run: pattern of its files, operation, number among those,
        and the pattern of the files that it is done for.

        Directories belong to the file that they are made or synced for: what is made, to the next
        one in the log, what is synced, to what the operation before it was for.
        """
        run = self.runs.directory / "counted"
        counting = self.jobs.faulty(run, "any", 1, "count")
        self.jobs.finish(self.jobs.launch(run, small=True, extra=counting), "count")
        # Reading is for the tests: a run that begins reads nothing of its own.
        log = [line for line in read_faults(pathlib.Path(f"{run}.faults")) if line[0] != "read"]
        kinds = [kind_of_file(path) for _, path in log]
        counts = collections.Counter()
        operations, purposes = [], []
        for index, (operation, path) in enumerate(log):
            files = kinds[index] or path
            counts[files, operation] += 1
            purpose = kinds[index] or (
                next((kind for kind in kinds[index:] if kind), None) if operation == "create"
                else purposes[-1] if purposes else None)
            purposes.append(purpose)
            if kinds[index] != CHECKPOINT or counts[files, operation] <= LAST_NUMBER:
                operations.append((files, operation, counts[files, operation], purpose))
        print("file operations of one small run: "
              + ", ".join(f"{files or 'directory'} {times} {operation}"
                          for (files, operation), times in sorted(counts.items())), flush=True)
        return operations

    def cases(self):
        """Every file operation with every way it can go wrong, in random order.

        Each operation comes once before any comes again.
        """
        first, others = [], []
        for files, operation, number, purpose in self.operations():
            ways = [(files, operation, number, purpose, kind, False) for kind in KINDS[operation]]
            if operation == "write":
                ways.append((files, operation, number, purpose, "enospc", True))
            self.jobs.random.shuffle(ways)
            first.append(ways[0])
            others += ways[1:]
        self.jobs.random.shuffle(first)
        self.jobs.random.shuffle(others)
        return first + others

    def try_case(self, index, case, expected):
        files, operation, number, purpose, kind, stays = case
        name = f"{operation} {kind}" + (", disk stays full" if stays else "")
        if kind in REFUSALS:
            name += (", checkpoint" if purpose == CHECKPOINT
                     else ", for people" if purpose in FOR_PEOPLE else ", other file")
        what = f"{name} at {operation} {number} of {files or 'the run directory'}"
        run = self.runs.directory / f"file-{index}"
        fault = self.jobs.faulty(run, operation, number, kind, stays, files=files)
        status, text = self.jobs.finish(self.jobs.launch(run, small=True, extra=fault), what)
        if not read_faults(pathlib.Path(f"{run}.faults")):
            return
        self.tally.fault(name, status)
        right = right_status(purpose, kind, stays)
        if status != right:
            raise Trouble(f"{what}: {ending(status)}, not {ending(right)}\n{text}")
        if status:
            self.runs.go_on(run, True, what)
        self.runs.check(run, expected, False, what)
        self.runs.forget(run)

    def run(self, most):
        """Tries at most so many cases, in at most half of the time."""
        expected = self.runs.undisturbed("undisturbed-small", True)
        for index, case in enumerate(self.cases()[:max(most, 1)]):
            if self.tally.is_over(0.5):
                break
            self.tally.guarded(self.try_case, index, case, expected)
        self.tally.say()
