"""Motion to whole numbers and back."""

import unittest

import numpy as np

from prepare_parts.problems import ClipError
from prepare_parts.command_line import SCALINGS
from prepare_parts.scaling import scales


def maps() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    u, v = draw.normal(0.3, 1, (2, 28, 28))
    return {"u": u, "v": v, "strain": np.hypot(u, v)}


class ScalingTests(unittest.TestCase):
    def test_comes_back_to_half_a_step(self) -> None:
        for kind in SCALINGS:
            for bits in (8, 16):
                for name, scale in scales(maps(), kind, bits).items():
                    with self.subTest(kind=kind, bits=bits, channel=name):
                        motion = maps()[name]
                        error = np.abs(scale.restore(scale.apply(motion, bits)) - motion).max()
                        self.assertLessEqual(error, 0.5001 / scale.factor)
                        self.assertGreater(error, 0)

    def test_release_spans_all_values_in_each_channel(self) -> None:
        for bits, greatest in ((8, 255), (16, 65535)):
            for name, scale in scales(maps(), "release", bits).items():
                values = scale.apply(maps()[name], bits)
                self.assertEqual((values.min(), values.max()), (0, greatest))

    def test_centred_has_no_motion_at_128_and_one_factor(self) -> None:
        for bits, unit in ((8, 1), (16, 257)):
            found = scales(maps(), "centred", bits)
            for name in ("u", "v"):
                self.assertEqual(found[name].apply(np.zeros(1), bits)[0], 128 * unit)
            self.assertEqual(found["u"], found["v"])
            self.assertEqual(found["strain"].apply(np.zeros(1), bits)[0], 0)
            span = np.concatenate([found[name].apply(maps()[name], bits) for name in "uv"])
            self.assertTrue(span.min() == unit or span.max() == 255 * unit)

    def test_refuses_a_map_without_motion(self) -> None:
        still = {name: np.zeros((28, 28)) for name in maps()}
        with self.assertRaises(ClipError) as caught:
            scales(still, "release", 8)
        self.assertEqual(
            str(caught.exception), "u is the same everywhere: are onset and apex the same frame?"
        )


if __name__ == "__main__":
    unittest.main()
