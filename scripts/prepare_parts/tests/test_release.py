"""What the published maps themselves say of their channels and scaling; needs data/htnet-release."""

import unittest
from pathlib import Path

import cv2
import numpy as np

from prepare_parts.flow import strain

ROOT = Path(__file__).resolve().parents[3]
MAPS = "data/htnet-release/STSNet_whole_norm_u_v_os"
# In the project's directory, or in one beside it.
FOUND = [path / MAPS for path in (ROOT, *sorted(ROOT.parent.iterdir())) if (path / MAPS).is_dir()]


@unittest.skipUnless(FOUND, f"there is no {MAPS} in the project's directory or beside it")
class ReleaseTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        paths = sorted(FOUND[0].glob("*.png"))
        # [clip, row, column, channel (red, green, blue)]
        cls.maps = np.array([cv2.imread(str(path))[..., ::-1] for path in paths], float)

    def test_each_channel_of_each_clip_spans_all_values(self) -> None:
        self.assertTrue((self.maps.min(axis=(1, 2)) == 0).all())
        self.assertTrue((self.maps.max(axis=(1, 2)) == 255).all())

    def test_blue_is_the_strain_of_red_and_green(self) -> None:
        def agreement(u: int, v: int, strained: int) -> float:
            """The clips' median correlation of a channel with the strain of two others."""
            return float(np.median([
                np.corrcoef(strain(map[..., [u, v]]).ravel(), map[..., strained].ravel())[0, 1]
                for map in self.maps
            ]))

        red, green, blue = 0, 1, 2
        right, wrong = agreement(red, green, blue), agreement(blue, green, red)
        print(f"strain in blue: correlation {right:.2f}; in red: {wrong:.2f}")
        self.assertGreater(right, 0.75)
        self.assertLess(wrong, 0.2)

    def test_red_is_horizontal(self) -> None:
        """Faces are symmetric: mirrored, vertical flow stays, and horizontal flow changes its sign."""
        maps = self.maps - np.median(self.maps, axis=(1, 2), keepdims=True)
        with_mirror = [
            float(np.median([
                np.corrcoef(map.ravel(), map[:, ::-1].ravel())[0, 1] for map in maps[..., channel]
            ]))
            for channel in range(3)
        ]
        self.assertLess(with_mirror[0], 0)
        self.assertGreater(with_mirror[1], 0.3)


if __name__ == "__main__":
    unittest.main()
