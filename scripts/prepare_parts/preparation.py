"""What is done with one pair of frames."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from . import alignment, flow, scaling
from .faces import Face, FaceFinder
from .problems import ClipError
from .scaling import Scale

VERSION = 1
"""Raise it when a change here changes a map: what older versions made is then made anew."""

FINE_SIDE = 224
"""The flow is computed on squares of the first multiple of the size that is at least this."""

MARGIN = 16
"""Pixels around the fine square in which the flow is computed and then cut off: at an edge, what moves
out of the picture has no partner and its flow is wrong."""


@dataclass(frozen=True)
class Settings:
    """What decides a map's bits, beside the frames."""

    size: int
    bits: int
    scaling: str

    @property
    def side(self) -> int:
        """The fine square's side in pixels."""
        return self.size * -(-FINE_SIDE // self.size)

    def text(self) -> str:
        """All that decides, the libraries too."""
        versions = {"steps": VERSION, "cv2": cv2.__version__, "numpy": np.__version__}
        return json.dumps(asdict(self) | versions, sort_keys=True)


@dataclass(frozen=True)
class Prepared:
    """A clip's map and everything on the way to it.

    `frames`: onset and apex [height, width, 3]; `squares`: the same aligned [side, side], grey;
    `fine`: u, v and strain [side, side], in pixels of the fine square; `image` [size, size, 3 (u, v,
    strain)] whole numbers; `landmarks` [5, 2] in pixels of the image; `scales` by channel.
    """

    frames: tuple[np.ndarray, np.ndarray]
    face: Face
    squares: tuple[np.ndarray, np.ndarray]
    fine: dict[str, np.ndarray]
    image: np.ndarray
    landmarks: np.ndarray
    scales: dict[str, Scale]


def prepare(onset_path: Path, apex_path: Path, settings: Settings, faces: FaceFinder) -> Prepared:
    """The map of the motion between two frames.

    Both frames are moved by the one transform of the onset's face, so that its alignment adds no
    motion of its own.
    """
    onset, apex = read(onset_path), read(apex_path)
    if onset.shape != apex.shape:
        raise ClipError(
            f"onset has {onset.shape[1]} × {onset.shape[0]} pixels, apex "
            f"{apex.shape[1]} × {apex.shape[0]}: cut both frames alike"
        )
    face = faces.find(onset, onset_path)
    side, size = settings.side, settings.size
    transform = alignment.similarity(face.points, side)
    wider = transform + [[0, 0, MARGIN], [0, 0, MARGIN]]
    squares = [alignment.square(frame, wider, side + 2 * MARGIN) for frame in (onset, apex)]
    motion = flow.tv_l1(*squares)
    fine = {"u": motion[..., 0], "v": motion[..., 1], "strain": flow.strain(motion)}
    inside = (slice(MARGIN, -MARGIN),) * 2
    fine = {name: map[inside] for name, map in fine.items()}
    squares = tuple(square[inside] for square in squares)
    maps = {name: flow.shrink(map.astype(np.float64), size) for name, map in fine.items()}
    scales = scaling.scales(maps, settings.scaling, settings.bits)
    image = np.stack([scales[name].apply(maps[name], settings.bits) for name in maps], axis=-1)
    points = (alignment.apply(transform, face.points) + 0.5) * size / side - 0.5
    return Prepared((onset, apex), face, squares, fine, image, points, scales)


def read(path: Path) -> np.ndarray:
    """The image at `path` as [height, width, 3 (blue, green, red)], 8 bits."""
    data = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None:
        raise ClipError(f'"{path}" is no image that OpenCV can read')
    return image
