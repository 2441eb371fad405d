"""Flow of known motion, a second TV-L1, and strain."""

import unittest

import numpy as np
from skimage.registration import optical_flow_tvl1

from prepare_parts.flow import shrink, strain, tv_l1
from prepare_parts.tests.made_up import Field, bump, grid, moved_texture

SIDE = 224
EDGE = 12
"""What comes in over the edge has no partner; so many pixels there are not looked at."""


def turn(degrees: float) -> Field:
    """A turn about the middle."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle = (SIDE - 1) / 2

    def field(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = x - middle, y - middle
        return c * x - s * y - x, s * x + c * y - y

    return field


MOTIONS: dict[str, Field] = {
    "shift": lambda x, y: (np.full_like(x, 0.6), np.full_like(x, -0.35)),
    "turn": turn(0.8),
    "bump": bump(1.2, -0.8, (100, 130), 25),
}


def endpoint_error(flow: np.ndarray, truth: np.ndarray) -> float:
    """The mean length of the difference, in pixels, away from the edge."""
    return float(np.hypot(*np.moveaxis(flow - truth, -1, 0))[EDGE:-EDGE, EDGE:-EDGE].mean())


class FlowTests(unittest.TestCase):
    def test_known_motion_comes_back(self) -> None:
        for name, field in MOTIONS.items():
            with self.subTest(name):
                onset, apex, truth = moved_texture(field, SIDE)
                error = endpoint_error(tv_l1(onset, apex), truth)
                print(f"{name}: mean endpoint error {error:.4f} px")
                self.assertLess(error, 0.06)

    def test_agrees_with_a_second_implementation(self) -> None:
        for name, field in MOTIONS.items():
            with self.subTest(name):
                onset, apex, _ = moved_texture(field, SIDE)
                v, u = optical_flow_tvl1(onset / 255, apex / 255)
                difference = endpoint_error(tv_l1(onset, apex), np.stack([u, v], axis=-1))
                print(f"{name}: {difference:.4f} px from scikit-image")
                self.assertLess(difference, 0.08)

    def test_no_motion_is_no_flow(self) -> None:
        onset, _, _ = moved_texture(MOTIONS["shift"], SIDE)
        self.assertEqual(float(np.abs(tv_l1(onset, onset)).max()), 0)


class StrainTests(unittest.TestCase):
    def test_of_an_affine_field_is_exact(self) -> None:
        x, y = grid(16)
        flow = np.stack([0.25 * x + 0.5 * y, -0.125 * x + 0.75 * y + 3], axis=-1)
        expected = np.sqrt(0.25**2 + 0.75**2 + 0.5 * (0.5 - 0.125) ** 2)
        np.testing.assert_allclose(strain(flow), expected, rtol=1e-14)

    def test_a_small_turn_has_none(self) -> None:
        x, y = grid(16)
        np.testing.assert_array_equal(strain(np.stack([-0.5 * y, 0.5 * x], axis=-1)), 0)


class ShrinkTests(unittest.TestCase):
    def test_is_the_mean_of_whole_blocks(self) -> None:
        map = np.arange(16.0).reshape(4, 4)
        np.testing.assert_array_equal(shrink(map, 2), [[2.5, 4.5], [10.5, 12.5]])


if __name__ == "__main__":
    unittest.main()
