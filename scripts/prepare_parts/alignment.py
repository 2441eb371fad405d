"""Turns, scales and moves a face onto a square in which the five points lie alike for everyone."""

import cv2
import numpy as np

STANDARD_POINTS = np.array(
    [[0.288, 0.3925], [0.712, 0.3925], [0.5, 0.621], [0.316, 0.7925], [0.684, 0.7925]]
)
"""[5, 2] in sides of the square: the points that the published code takes for a face in which it
finds none, made symmetric. They leave room for the regions of half a side around each."""


def similarity(points: np.ndarray, side: int) -> np.ndarray:
    """The turn, scale and shift [2, 3] that brings `points` [5, 2] nearest to the standard ones.

    Least squares over (a, b, c, d) of x' = a·x - b·y + c and y' = b·x + a·y + d, in pixels of a
    square of `side` whose first pixel's middle is (0, 0).
    """
    x, y = points.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    equations = np.concatenate(
        [np.stack([x, -y, one, zero], axis=1), np.stack([y, x, zero, one], axis=1)]
    )
    targets = (STANDARD_POINTS * side - 0.5).T.reshape(-1)
    a, b, c, d = np.linalg.lstsq(equations, targets, rcond=None)[0]
    return np.array([[a, -b, c], [b, a, d]])


def apply(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`points` [n, 2] moved by `transform` [2, 3]."""
    return points @ transform[:, :2].T + transform[:, 2]


def square(frame: np.ndarray, transform: np.ndarray, side: int) -> np.ndarray:
    """The grey square [side, side], 8 bits, of `frame` [height, width, 3]; the edge is repeated.

    A frame that gets smaller is smoothed first, so that fine texture does not turn into motion.
    """
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if scale < 1:
        grey = cv2.GaussianBlur(grey, (0, 0), 0.5 * np.sqrt(1 / scale**2 - 1) + 1e-3)
    return cv2.warpAffine(
        grey, transform, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
