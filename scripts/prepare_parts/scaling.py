"""Motion as whole numbers of 8 or 16 bits.

`release`: each channel of each clip by itself from its least to its greatest value, as in the
published maps. What stands for no motion is another value in each clip.
`centred`: u and v of a clip by the same factor, with no motion at 128 (in 16 bits 128 · 257), and
strain from nothing at 0. Mirroring and comparing of clips make sense here.
"""

from dataclasses import dataclass

import numpy as np

from .problems import ClipError

CHANNELS = ("u", "v", "strain")


@dataclass(frozen=True)
class Scale:
    """value = round(offset + factor · motion) for one channel."""

    offset: float
    factor: float

    def apply(self, motion: np.ndarray, bits: int) -> np.ndarray:
        """Whole numbers of `bits` bits."""
        values = np.rint(self.offset + self.factor * motion)
        return values.astype(np.uint8 if bits == 8 else np.uint16)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """The motion, to half a step."""
        return (values.astype(np.float64) - self.offset) / self.factor


def scales(maps: dict[str, np.ndarray], kind: str, bits: int) -> dict[str, Scale]:
    """The scale of each of `CHANNELS` for a clip's `maps`, [size, size] each."""
    unit = 1 if bits == 8 else 257
    for name, map in maps.items():
        if map.max() - map.min() < 1e-6:
            raise ClipError(f"{name} is the same everywhere: are onset and apex the same frame?")
    if kind == "release":
        return {name: between(map, 255 * unit) for name, map in maps.items()}
    bound = max(np.abs(maps["u"]).max(), np.abs(maps["v"]).max())
    motion = Scale(128.0 * unit, 127.0 * unit / float(bound))
    return {"u": motion, "v": motion, "strain": Scale(0.0, 255.0 * unit / float(maps["strain"].max()))}


def between(map: np.ndarray, greatest: int) -> Scale:
    """From 0 for the map's least value to `greatest` for its greatest."""
    low, high = float(map.min()), float(map.max())
    factor = greatest / (high - low)
    return Scale(-low * factor, factor)
