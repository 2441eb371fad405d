"""One picture of all steps of a clip."""

import cv2
import numpy as np

from .faces import POINTS
from .preparation import Prepared

TILE = 260
"""Pixels of a tile's side."""

ARROW_STEP = 16
"""Pixels of the fine square between arrows."""


def picture(prepared: Prepared) -> np.ndarray:
    """The steps side by side, [height, width, 3 (red, green, blue)]."""
    onset, apex = prepared.squares
    fine = prepared.fine
    length = float(np.hypot(fine["u"], fine["v"]).max())
    tiles = [
        tile("face found", face(prepared)),
        tile("onset, aligned", grey(onset)),
        tile("apex, aligned", grey(apex)),
        tile(f"flow, longest {length:.2f} px", arrows(onset, fine["u"], fine["v"])),
        tile("u: blue left, red right", signed(fine["u"])),
        tile("v: blue up, red down", signed(fine["v"])),
        tile("strain", grey(ramp(fine["strain"]))),
        tile("the map and its points", result(prepared)),
    ]
    return np.concatenate([np.concatenate(tiles[:4], axis=1), np.concatenate(tiles[4:], axis=1)])


def tile(title: str, image: np.ndarray) -> np.ndarray:
    """A square with `image` in it and a line of text above."""
    scale = TILE / max(image.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=way)[:TILE, :TILE]
    canvas = np.full((TILE + 24, TILE + 8, 3), 255, np.uint8)
    canvas[20 : 20 + image.shape[0], 4 : 4 + image.shape[1]] = image
    cv2.putText(canvas, title, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return canvas


def face(prepared: Prepared) -> np.ndarray:
    """The onset frame around the face, with box and points."""
    image = prepared.frames[0][..., ::-1].copy()
    x, y, width, height = prepared.face.box.astype(int)
    thick = max(1, width // 100)
    cv2.rectangle(image, (x, y), (x + width, y + height), (0, 255, 0), thick)
    for point in prepared.face.points.round().astype(int):
        cv2.circle(image, tuple(map(int, point)), 2 * thick, (255, 0, 0), -1)
    top, left = max(0, y - height // 2), max(0, x - width // 2)
    return image[top : y + height * 3 // 2, left : x + width * 3 // 2]


def result(prepared: Prepared) -> np.ndarray:
    """The map in colours, enlarged, with the five points."""
    image = prepared.image
    image = image if image.dtype == np.uint8 else (image // 257).astype(np.uint8)
    scale = TILE / image.shape[0]
    image = cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_NEAREST)
    for name, point in zip(POINTS, prepared.landmarks):
        x, y = ((point + 0.5) * scale).round().astype(int)
        cv2.circle(image, (int(x), int(y)), 5, (255, 255, 255), 2)
        cv2.putText(image, name[0], (int(x) + 6, int(y)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255))
    return image


def arrows(onset: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The flow as arrows over the onset; the longest is two steps long."""
    image = grey(onset)
    factor = 2 * ARROW_STEP / max(float(np.hypot(u, v).max()), 1e-9)
    for y in range(ARROW_STEP // 2, u.shape[0], ARROW_STEP):
        for x in range(ARROW_STEP // 2, u.shape[1], ARROW_STEP):
            tip = (int(x + factor * u[y, x]), int(y + factor * v[y, x]))
            cv2.arrowedLine(image, (x, y), tip, (255, 220, 0), 1, cv2.LINE_AA, tipLength=0.3)
    return image


def signed(map: np.ndarray) -> np.ndarray:
    """White for nothing, blue for negative, red for positive."""
    strength = (255 * np.abs(map) / max(float(np.abs(map).max()), 1e-9)).astype(np.uint8)
    image = np.full((*map.shape, 3), 255, np.uint8)
    image[..., 0] -= np.where(map < 0, strength, 0).astype(np.uint8)
    image[..., 1] -= strength
    image[..., 2] -= np.where(map > 0, strength, 0).astype(np.uint8)
    return image


def ramp(map: np.ndarray) -> np.ndarray:
    """Black for nothing, white for the greatest."""
    return (255 * map / max(float(map.max()), 1e-9)).astype(np.uint8)


def grey(image: np.ndarray) -> np.ndarray:
    """A grey image as three equal channels."""
    return np.repeat(image[..., None], 3, axis=2)
