#!/usr/bin/env python3
"""Writes Tests/KernelsTests/Fixtures/random.json and Tests/NeuralNetworkTests/Fixtures/
initial-values.json: random numbers, elementary functions and initial weights, computed without the
program by Python's standard library.

A stream is Philox4x32-10 (Salmon et al., SC 2011) of the counter (block, fold << 8 | purpose, epoch)
under the key of the seed. Lanes of 2^40 words; normal draws set bit 7 of the purpose. Box-Muller and
the elementary functions are computed to 60 digits and rounded once.
"""

import json
import pathlib
import random
import struct
from decimal import Decimal, getcontext

getcontext().prec = 60
PURPOSES = {"initialWeights": 1, "batchOrder": 2, "dropout": 3, "syntheticData": 4}
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


# The known answer that Random123 publishes.
assert philox(
    [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0]
) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


class Stream:
    def __init__(self, seed, fold, epoch, purpose, normals=False):
        self.key = [seed & 0xFFFFFFFF, seed >> 32]
        self.tail = [fold << 8 | PURPOSES[purpose] | (0x80 if normals else 0), epoch]

    def word(self, index, lane=0):
        place = (lane << 40) + index
        block = place >> 2
        return philox([block & 0xFFFFFFFF, block >> 32] + self.tail, self.key)[place & 3]

    def uniform(self, index, lane=0):
        return (self.word(index, lane) >> 8) * 2.0**-24


def cosine(angle):
    """Its Taylor series; the angle is at most 2 pi."""
    total = term = Decimal(1)
    for n in range(2, 120, 2):
        term *= -angle * angle / (n * (n - 1))
        total += term
    return total


def cosine_of_turn(turn):
    return float(cosine(2 * PI * Decimal(turn)))


def normal(stream, index, lane):
    radius, turn = 1 - stream.uniform(2 * index, lane), stream.uniform(2 * index + 1, lane)
    return float((-2 * Decimal(radius).ln()).sqrt() * cosine(2 * PI * Decimal(turn)))


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def initial_values():
    """Tensors of three kinds, the last two long enough for several parts."""
    key = dict(seed=0x123456789ABCDEF0, fold=67, epoch=0)
    uniform = Stream(**key, purpose="initialWeights")
    normals = Stream(**key, purpose="initialWeights", normals=True)
    tensors = []
    for lane, (kind, count) in enumerate(
        [("constant", 5), ("normal", 7), ("uniform", 9), ("normal", 300), ("uniform", 70000)]
    ):
        places = sorted({i for i in (0, 1, 2, 3, 4, 6, 8, 150, 299, 65535, 65536, 69999) if i < count})
        if kind == "constant":
            values = [1.5 for _ in places]
        elif kind == "normal":
            values = [float32(normal(normals, i, lane)) for i in places]
        else:
            bound = 1 / 48**0.5
            values = [float32((2 * uniform.uniform(i, lane) - 1) * bound) for i in places]
        tensors.append(dict(kind=kind, count=count, places=places, values=values))
    return dict(**key, fan_in=48, constant=1.5, tensors=tensors)


def mask():
    key = dict(seed=3, fold=5, epoch=70001)
    stream = Stream(**key, purpose="dropout")
    first, lane = 1021, 17
    drops = [stream.uniform(first + i, lane) < 0.3 for i in range(64)]
    return dict(**key, lane=lane, first=first, probability=0.3, drops=drops)


def permutation():
    key = dict(seed=9, fold=12, epoch=799)
    stream = Stream(**key, purpose="batchOrder")
    order = list(range(37))
    for i in range(36, 0, -1):
        j = stream.word(i) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return dict(**key, order=order)


def elementary():
    draw = random.Random(1)
    spread = [draw.uniform(-50, 50) for _ in range(60)] + [draw.uniform(-1, 1) for _ in range(60)]
    exp = spread + [draw.uniform(-745, 709) for _ in range(60)]
    exp += [0.0, -0.0, 1.0, -1.0, 709.78, -708.4, -740.0, -745.1, 1e-300, -5e-324, 0.34657359027997264]
    log = [draw.uniform(0, 2) for _ in range(60)] + [10 ** draw.uniform(-307, 308) for _ in range(60)]
    log += [1.0, 2.0, 1 - 2.0**-24, 2.0**-24, 1 + 2.0**-52, 1 - 2.0**-53, 5e-324, 1e-310, 1.7e308]
    log += [1.4142135623730951, 0.7071067811865476]
    turn = [draw.randrange(2**24) * 2.0**-24 for _ in range(120)]
    turn += [i / 8 for i in range(9)] + [i / 8 + 2.0**-24 for i in range(8)]
    return dict(
        exp=[[x, float(Decimal(x).exp())] for x in exp],
        log=[[x, float(Decimal(x).ln())] for x in log],
        cosine_of_turn=[[x, cosine_of_turn(x)] for x in turn],
    )


TESTS = pathlib.Path(__file__).resolve().parent.parent / "Tests"


def write(path, **parts):
    path = TESTS / path
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f'"{name}": {json.dumps(part)}' for name, part in parts.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


write(
    "KernelsTests/Fixtures/random.json",
    mask=mask(), permutation=permutation(), elementary=elementary(),
)
write("NeuralNetworkTests/Fixtures/initial-values.json", **initial_values())
