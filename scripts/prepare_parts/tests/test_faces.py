"""A photograph with a face: points, alignment, and motion where it was put."""

import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from prepare_parts import alignment
from prepare_parts.faces import FaceFinder
from prepare_parts.preparation import Settings, prepare
from prepare_parts.tests.made_up import MOUTH, bump, grid, moved_photograph, photograph

POINTS_BY_HAND = [[204, 102], [247, 103], [224, 125], [203, 140], [243, 142]]
"""Eyes, nose and mouth corners of the photograph, read off an enlargement, to some 3 pixels."""


class FaceTests(unittest.TestCase):
    def test_finds_the_points(self) -> None:
        face = FaceFinder().find(photograph(), Path("photograph"))
        np.testing.assert_allclose(face.points, POINTS_BY_HAND, atol=6)

    def test_aligns_a_turned_face_as_the_upright_one(self) -> None:
        upright = FaceFinder().find(photograph(), Path("photograph"))
        turn = cv2.getRotationMatrix2D((222, 115), 12, 1.3)
        frame = cv2.warpAffine(photograph(), turn, (512, 512))
        turned = FaceFinder().find(frame, Path("turned"))
        both = [
            alignment.apply(alignment.similarity(face.points, 224), face.points)
            for face in (upright, turned)
        ]
        np.testing.assert_allclose(both[1], both[0], atol=6)

    def test_alignment_undoes_any_turn_scale_and_shift(self) -> None:
        points = alignment.STANDARD_POINTS * 100
        turn = cv2.getRotationMatrix2D((30, 60), 25, 1.7)
        moved = alignment.apply(turn, points)
        back = alignment.apply(alignment.similarity(moved, 224), moved)
        np.testing.assert_allclose(back, alignment.STANDARD_POINTS * 224 - 0.5, atol=1e-9)


class MotionTests(unittest.TestCase):
    def test_motion_at_the_mouth_shows_there_and_hardly_elsewhere(self) -> None:
        settings = Settings(28, 8, "centred")
        with tempfile.TemporaryDirectory() as folder:
            onset, apex = Path(folder, "onset.png"), Path(folder, "apex.png")
            cv2.imwrite(str(onset), photograph())
            cv2.imwrite(str(apex), moved_photograph(bump(0, -2.0, MOUTH, 8)))
            prepared = prepare(onset, apex, settings, FaceFinder())
        u, v = prepared.fine["u"], prepared.fine["v"]
        length = np.hypot(u, v)
        transform = alignment.similarity(prepared.face.points, settings.side)
        mouth_x, mouth_y = alignment.apply(transform, np.array([MOUTH]))[0]
        scale = np.hypot(*transform[0, :2])
        x, y = np.meshgrid(np.arange(224), np.arange(224))
        far = np.hypot(x - mouth_x, y - mouth_y) / scale
        print(
            f"mouth: moved by {v[far < 3].mean() / scale:.3f} px of -2; "
            f"elsewhere {length[far > 32].mean() / scale:.4f} px"
        )
        self.assertLess(abs(v[far < 3].mean() / scale + 2), 0.3)
        self.assertLess(length[far > 32].mean() / scale, 0.02)
        # In the map, too: upwards is below 128 and 128 is still.
        row, column = int(mouth_y / 8), int(mouth_x / 8)
        self.assertLess(prepared.image[row, column, 1], 60)
        self.assertLess(np.abs(prepared.image[:12, :, :2].astype(int) - 128).max(), 8)
        self.assertLess(prepared.image[:12, :, 2].mean(), 8)

    def test_what_leaves_the_square_leaves_no_trace_at_its_edge(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            onset, apex = Path(folder, "onset.png"), Path(folder, "apex.png")
            raised = bump(0, -3.0, (224, 92), 12)
            cv2.imwrite(str(onset), photograph())
            cv2.imwrite(str(apex), moved_photograph(raised))
            prepared = prepare(onset, apex, Settings(28, 8, "release"), FaceFinder())
        transform = alignment.similarity(prepared.face.points, 224)
        back = cv2.invertAffineTransform(transform)
        x, y = alignment.apply(back, np.stack(grid(224), axis=-1).reshape(-1, 2)).T
        truth = np.stack(raised(x, y), axis=-1) @ transform[:, :2].T
        found = np.stack([prepared.fine["u"], prepared.fine["v"]], axis=-1).reshape(-1, 2)
        error = np.hypot(*(found - truth).T)
        error = error.reshape(224, 224) / np.hypot(*transform[0, :2])
        edge = np.ones((224, 224), bool)
        edge[4:-4, 4:-4] = False
        print(f"edge: mean endpoint error {error[edge].mean():.4f} px")
        self.assertLess(error[edge].mean(), 0.01)

    def test_landmarks_lie_in_the_map_where_the_alignment_puts_them(self) -> None:
        # Independently of the scale between fine square and map: a size of another multiple agrees.
        with tempfile.TemporaryDirectory() as folder:
            onset, apex = Path(folder, "onset.png"), Path(folder, "apex.png")
            cv2.imwrite(str(onset), photograph())
            cv2.imwrite(str(apex), moved_photograph(bump(0, -2.0, MOUTH, 8)))
            small, large = (
                prepare(onset, apex, Settings(size, 8, "release"), FaceFinder()).landmarks
                for size in (28, 56)
            )
        np.testing.assert_allclose((large + 0.5) / 2 - 0.5, small, atol=1e-9)
        np.testing.assert_allclose(small, alignment.STANDARD_POINTS * 28 - 0.5, atol=2)


if __name__ == "__main__":
    unittest.main()
