"""The whole program on made-up clips: its files, a second run, and clips that fail."""

import csv
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from prepare_parts.tests.made_up import bump, moved_photograph, photograph, write_clips

COLUMNS = (
    "image,label,subject,dataset,clip,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,"
    "mouth_left_x,mouth_left_y,mouth_right_x,mouth_right_y"
)


class RunTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.table = write_clips(self.folder)
        self.output = self.folder / "out"

    def run_program(self, *options: str) -> tuple[int, list[str]]:
        """Exit status and lines said, with the folder's name taken out."""
        done = subprocess.run(
            [sys.executable, "-m", "prepare_parts", str(self.table), "--output", str(self.output)]
            + list(options),
            capture_output=True, text=True, timeout=300,
        )
        return done.returncode, done.stderr.replace(f"{self.folder}/", "").splitlines()

    def manifest(self) -> list[dict[str, str]]:
        with open(self.output / "manifest.csv", newline="") as file:
            return list(csv.DictReader(file))

    def files(self) -> dict[str, tuple[bytes, int]]:
        """All maps by name: their bytes and when they were written."""
        paths = sorted((self.output / "flow").iterdir())
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    def test_a_second_run_redoes_only_what_changed(self) -> None:
        status, said = self.run_program("--pictures")
        self.assertEqual(status, 0, said)
        self.assertEqual(
            said[-1], "3 made, 0 kept as they were, 0 failed; out/manifest.csv lists 3 clips"
        )
        self.assertEqual((self.output / "manifest.csv").read_text().split("\n", 1)[0], COLUMNS)
        self.assertEqual([row["label"] for row in self.manifest()], ["positive", "negative", "surprise"])
        for row in self.manifest():
            self.assertEqual(cv2.imread(str(self.output / row["image"])).shape, (28, 28, 3))
            points = np.array([float(row[column]) for column in COLUMNS.split(",")[5:]])
            self.assertTrue(((points > 5) & (points < 23)).all(), points)
        self.assertEqual(len(list((self.output / "pictures").iterdir())), 3)

        before = self.files()
        status, said = self.run_program("--pictures")
        self.assertEqual(
            (status, said),
            (0, ["0 made, 3 kept as they were, 0 failed; out/manifest.csv lists 3 clips"]),
        )
        self.assertEqual(self.files(), before)

        cv2.imwrite(str(self.folder / "negative.png"), moved_photograph(bump(1.5, 0, (224, 92), 9)))
        text = self.table.read_text().replace("surprise,onset", "amazement,onset")
        self.table.write_text(text)
        status, said = self.run_program()
        self.assertEqual(
            said,
            ["2 of 3: made_s02_c1",
             "1 made, 2 kept as they were, 0 failed; out/manifest.csv lists 3 clips"],
        )
        changed = [name for name, file in self.files().items() if file != before[name]]
        self.assertEqual(changed, ["made_s02_c1.png"])
        self.assertEqual([row["label"] for row in self.manifest()], ["positive", "negative", "amazement"])
        self.assertFalse((self.output / "pictures/made_s02_c1.png").exists(), "a picture that belies")

        damaged = self.output / "flow/made_s01_c1.png"
        damaged.write_bytes(damaged.read_bytes()[:-20])
        self.assertEqual(self.run_program()[1][0], "1 of 3: made_s01_c1")
        self.assertEqual(self.files()["made_s01_c1.png"][0], before["made_s01_c1.png"][0])

        self.assertEqual(len(self.run_program("--size", "56", "--bits", "16")[1]), 4)
        large = cv2.imread(str(self.output / "flow/made_s01_c1.png"), cv2.IMREAD_UNCHANGED)
        self.assertEqual((large.shape, large.dtype, large.max()), ((56, 56, 3), np.uint16, 65535))

    def test_red_is_u_green_v_and_blue_strain(self) -> None:
        # Most of a face is still, so a channel's median is what scaling.csv has for no motion.
        self.run_program()
        with open(self.output / "scaling.csv", newline="") as file:
            scales = list(csv.DictReader(file))
        for scale in scales:
            image = cv2.imread(str(self.output / scale["image"]))
            still = [float(scale[f"{channel}_offset"]) for channel in ("strain", "v", "u")]
            np.testing.assert_allclose(np.median(image, axis=(0, 1)), still, atol=15)
            self.assertGreater(still[2] - still[0], 30, "red and blue cannot be told apart")

    def test_clips_that_fail_are_named_and_the_others_go_on(self) -> None:
        cv2.imwrite(str(self.folder / "cut.png"), photograph()[:500])
        cv2.imwrite(str(self.folder / "no-face.png"), photograph()[300:])
        two = np.concatenate([photograph(), photograph()[:, ::-1]], axis=1)
        cv2.imwrite(str(self.folder / "two.png"), two)
        (self.folder / "text.png").write_text("no image")
        rows = [
            "f1,made,s04,positive,onset.png,missing.png",
            "f2,made,s04,positive,onset.png,cut.png",
            "f3,made,s04,positive,no-face.png,no-face.png",
            "f4,made,s04,positive,two.png,two.png",
            "f5,made,s04,positive,text.png,onset.png",
            "f6,made,s04,positive,onset.png,onset.png",
        ]
        first, *others = self.table.read_text().splitlines()
        self.table.write_text("\n".join([first, *rows, *others]) + "\n")
        status, said = self.run_program()
        self.assertEqual(status, 1)
        self.assertEqual(
            [line for line in said if line.startswith("error: ")],
            ['error: clips.csv, line 2 (clip "f1"): there is no image "missing.png"',
             'error: clips.csv, line 3 (clip "f2"): onset has 512 × 512 pixels, apex 512 × 500: cut both '
             "frames alike",
             'error: clips.csv, line 4 (clip "f3"): no face was found in "no-face.png"',
             'error: clips.csv, line 5 (clip "f4"): 2 faces were found in "two.png"; cut both frames to '
             "the same one",
             'error: clips.csv, line 6 (clip "f5"): "text.png" is no image that OpenCV can read',
             'error: clips.csv, line 7 (clip "f6"): u is the same everywhere: are onset and apex the same '
             "frame?"],
        )
        self.assertEqual(
            said[-1], "3 made, 0 kept as they were, 6 failed; out/manifest.csv lists 3 clips"
        )
        self.assertEqual(len(self.manifest()), 3)

    def test_a_bad_table_stops_before_any_work(self) -> None:
        self.table.write_text(self.table.read_text().replace(",surprise,", ",,"))
        status, said = self.run_program()
        self.assertEqual(
            (status, said), (2, ['error: clips.csv, line 4: column "label" is empty'])
        )
        self.assertFalse(self.output.exists())

    def test_maps_of_no_clip_are_said(self) -> None:
        self.run_program()
        self.table.write_text("\n".join(self.table.read_text().splitlines()[:-1]) + "\n")
        status, said = self.run_program()
        self.assertEqual(status, 0)
        self.assertEqual(
            said[0],
            "warning: out/flow/made_s03_c1.png belongs to no clip of the table; manifest.csv leaves it out",
        )


if __name__ == "__main__":
    unittest.main()
