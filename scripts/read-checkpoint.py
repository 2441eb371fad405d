#!/usr/bin/env python3
"""Reads a full checkpoint with zstd, the safetensors layout and numpy alone.

usage: read-checkpoint.py CHECKPOINT_DIRECTORY      (RUN/folds/SPLIT/checkpoint)
"""
import json, subprocess, sys


def show(directory):
    manifest = json.load(open(directory + "/manifest.json"))["manifest"]
    newest = next(g for g in manifest["generations"] if "base" not in g)
    flat = None
    for part in newest["parts"]:
        raw = subprocess.check_output(["zstd", "-dc", directory + "/" + part["file"]])
        header = json.loads(raw[8 : 8 + (n := int.from_bytes(raw[:8], "little"))])
        meta = header.pop("__metadata__")
        def values(name):  # four planes of bytes, the lowest first -> float32
            begin, end = (8 + n + offset for offset in header[name]["data_offsets"])
            return np.frombuffer(raw[begin:end], np.uint8).reshape(4, -1).T.copy().view("<f4").ravel()
        flat = np.zeros(int(meta["weight_count"]), np.float32) if flat is None else flat
        for name, runs in (("weights", "runs"), ("untrained", "untrained_runs")):
            rest = values(name) if name in header else []
            for start, count in json.loads(meta.get(runs, "[]")):
                flat[start : start + count], rest = rest[:count], rest[count:]

    print(f"fold {meta.get('split') or meta['subject']}, epoch {meta['epoch']}, batch {meta['batch']}, {meta['steps']} steps")
    for tensor in json.loads(meta["layout"]):  # the published names and shapes
        shape, w = tensor["shape"], flat[tensor["offset"] :][: int(np.prod(tensor["shape"]))]
        if tensor["order"] == "taps first":  # kept as [3 * 3, outputs, inputs]
            w = w.reshape(9, -1).T
        w = w.reshape(shape)
        print(f"{tensor['name']:48} {str(shape):20} mean {w.mean():+.6f} std {w.std():.6f}")


if len(sys.argv) != 2:
    sys.exit("usage: read-checkpoint.py CHECKPOINT_DIRECTORY      (RUN/folds/SPLIT/checkpoint)")
try:
    import numpy as np  # here, so that its lack is one line too
    show(sys.argv[1])
except ImportError as error:
    sys.exit(f"read-checkpoint.py: {error}; install numpy")
except BrokenPipeError:  # head, say
    sys.exit(1)
except (OSError, subprocess.CalledProcessError) as error:  # no manifest, no zstd, or a damaged part
    sys.exit(f"read-checkpoint.py: {error}")
except (ValueError, LookupError, TypeError, StopIteration) as error:
    sys.exit(f"read-checkpoint.py: {sys.argv[1]}: is damaged, or is no checkpoint ({error!r})")
