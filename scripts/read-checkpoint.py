#!/usr/bin/env python3
"""Reads a full checkpoint with zstd, the safetensors layout and numpy alone.

usage: read-checkpoint.py CHECKPOINT_DIRECTORY      (RUN/folds/SUBJECT/checkpoint)
"""
import json, subprocess, sys
import numpy as np

manifest = json.load(open(sys.argv[1] + "/manifest.json"))["manifest"]
newest = next(g for g in manifest["generations"] if "base" not in g)
flat = None
for part in newest["parts"]:
    raw = subprocess.check_output(["zstd", "-dc", sys.argv[1] + "/" + part["file"]])
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

print(f"fold {meta['subject']}, epoch {meta['epoch']}, batch {meta['batch']}, {meta['steps']} steps")
for tensor in json.loads(meta["layout"]):  # the published names and shapes
    shape, w = tensor["shape"], flat[tensor["offset"] :][: int(np.prod(tensor["shape"]))]
    if tensor["order"] == "taps first":  # kept as [3 * 3, outputs, inputs]
        w = w.reshape(9, -1).T
    w = w.reshape(shape)
    print(f"{tensor['name']:48} {str(shape):20} mean {w.mean():+.6f} std {w.std():.6f}")
