"""The files of a run directory, and how to damage them."""

import fnmatch
import json

# Files of a run as patterns of fnmatch; what is half-written has a longer name.
# Further seeds and inner trainings have folds of their own.
CHECKPOINT = "*folds/*/checkpoint*"
# What is written for people who look on, and follows from the rest.
FOR_PEOPLE = ["*folds/*/metrics.jsonl", "tensorboard*", "progress.json*"]
FILES = [CHECKPOINT, *FOR_PEOPLE, "*folds/*/result.json*", "*folds/*/weights.safetensors*",
         "config.*yaml*", "ledger.jsonl*", "lock*", ".write-test.*"]


def ledger(run):
    """The records of a run's ledger; a torn last line is none."""
    try:
        lines = (run / "ledger.jsonl").read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


def is_complete(run):
    return any(record["event"] == "run-finished" for record in ledger(run))


def wrong_metrics(run):
    """The finished trainings whose metrics.jsonl or event file does not have each epoch once."""
    wrong = []
    for result in sorted(run.glob("**/folds/*/result.json")):
        losses = json.loads(result.read_bytes())["losses"]
        task = result.parent.relative_to(run)
        lines = [json.loads(line) for line in
                 (result.parent / "metrics.jsonl").read_text().split("\n")[:-1]]
        events = next((run / "tensorboard" / task).glob("*.tfevents.*")).read_bytes()
        records, place = 0, 0
        while place < len(events):
            place += 16 + int.from_bytes(events[place:place + 8], "little")
            records += 1
        if ([(line["epoch"], line["loss"]) for line in lines] != list(enumerate(losses, 1))
                or place != len(events) or records != len(losses) + 3):
            wrong.append(str(task))
    return wrong


def kind_of_file(path):
    """The pattern of FILES that a path, relative to the run, belongs to; None: a directory."""
    return next((kind for kind in FILES if fnmatch.fnmatchcase(path, kind)), None)


def read_faults(log):
    """(operation, path) of each line of a fault library's log."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return [(line.split(" ", 3)[0], line.split(" ", 3)[3]) for line in lines if line]


def damage(run, kind, random):
    """Damages a file of a run while no job runs; whether there was one to damage.

    kind: "torn ledger", "damaged result" or "damaged checkpoint".
    """
    if kind == "torn ledger":
        path = run / "ledger.jsonl"
        if not path.exists() or path.stat().st_size < 2:
            return False
        data = path.read_bytes()
        last = data[:-1].rfind(b"\n") + 1
        path.write_bytes(data[:random.randrange(last, len(data))])
        return True
    wants_result = kind == "damaged result"
    files = sorted(path for path in run.glob("**/folds/**/*") if path.is_file()
                   and path.stat().st_size and (path.name == "result.json") == wants_result
                   and path.name != "metrics.jsonl" and ".tfevents." not in path.name)
    if not files:
        return False
    path = random.choice(files)
    data = bytearray(path.read_bytes())
    if random.random() < 0.3:
        data = data[:random.randrange(len(data))]
    else:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)
    return True
