"""Frames whose motion is known, and clips made of a photograph."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import skimage.data

Field = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From x and y to the motion (u, v) there, in pixels."""

MOUTH = (222.0, 140.0)
"""The middle of the mouth in the photograph, in pixels."""


def grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of each pixel, [side, side] each."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float64)
    return x, y


def texture(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A smooth random texture at any place: 200 waves of 8 to 60 pixels, of mean 128."""
    draw = np.random.default_rng(7)
    total = np.zeros_like(x)
    for _ in range(200):
        length, turn, phase = draw.uniform(8, 60), draw.uniform(0, np.pi), draw.uniform(0, 2 * np.pi)
        total += np.cos(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / length + phase)
    return 128 + 4.0 * total


def inverse(field: Field, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place that `field` moves to (x, y), by iteration; the field must bend gently."""
    from_x, from_y = x, y
    for _ in range(60):
        u, v = field(from_x, from_y)
        from_x, from_y = x - u, y - v
    return from_x, from_y


def moved_texture(field: Field, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Onset, apex [side, side] of 8 bits, and the true flow [side, side, 2]."""
    x, y = grid(side)
    onset, apex = texture(x, y), texture(*inverse(field, x, y))
    return to_bytes(onset), to_bytes(apex), np.stack(field(x, y), axis=-1)


def to_bytes(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def bump(u: float, v: float, at: tuple[float, float], width: float) -> Field:
    """A motion that is (u, v) at a point and falls off as exp(-distance² / (2·width²))."""

    def field(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        weight = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * width**2))
        return u * weight, v * weight

    return field


def photograph() -> np.ndarray:
    """Eileen Collins, [512, 512, 3 (blue, green, red)]; in the public domain, from NASA's archive."""
    return np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])


def moved_photograph(field: Field) -> np.ndarray:
    """The photograph with its points moved by `field`."""
    x, y = grid(512)
    from_x, from_y = (part.astype(np.float32) for part in inverse(field, x, y))
    return cv2.remap(photograph(), from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def write_clips(folder: Path) -> Path:
    """Three people, who are one photograph, with a smile, a frown and raised brows; their table."""
    moves = {
        "positive": bump(0, -2.5, MOUTH, 10),
        "negative": bump(0, 2.0, (224, 92), 9),
        "surprise": bump(0, -3.0, (224, 92), 12),
    }
    cv2.imwrite(str(folder / "onset.png"), photograph())
    lines = ["clip,dataset,subject,label,onset,apex"]
    for count, (label, move) in enumerate(moves.items(), 1):
        cv2.imwrite(str(folder / f"{label}.png"), moved_photograph(move))
        lines.append(f"c1,made,s{count:02d},{label},onset.png,{label}.png")
    table = folder / "clips.csv"
    table.write_text("\n".join(lines) + "\n")
    return table
