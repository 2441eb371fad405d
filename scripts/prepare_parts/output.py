"""The output directory.

flow/NAME.png     the map: red u, green v, blue strain
done/NAME.json    what it was made of, its landmarks and scales
pictures/NAME.png the steps, if asked for
manifest.csv, scaling.csv
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from .clips import Clip
from .faces import POINTS
from .preparation import Prepared
from .scaling import CHANNELS

LANDMARKS = [f"{point}_{axis}" for point in POINTS for axis in "xy"]
MANIFEST = ["image", "label", "subject", "dataset", "clip", *LANDMARKS]
SCALING = ["image", *(f"{channel}_{what}" for channel in CHANNELS for what in ("offset", "factor"))]


class Output:
    """One output directory. Files are replaced whole, so that a kill leaves no half one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("flow", "done"):
            (root / folder).mkdir(parents=True, exist_ok=True)

    def image(self, clip: Clip) -> Path:
        return self.root / "flow" / f"{clip.name}.png"

    def record(self, clip: Clip) -> Path:
        return self.root / "done" / f"{clip.name}.json"

    def picture(self, clip: Clip) -> Path:
        return self.root / "pictures" / f"{clip.name}.png"

    def done(self, clip: Clip, fingerprint: str) -> dict | None:
        """The record of a map that is there, whole, and made of the same."""
        try:
            record = json.loads(self.record(clip).read_bytes())
            image = hashlib.sha256(self.image(clip).read_bytes()).hexdigest()
        except (FileNotFoundError, ValueError):
            return None
        same = (record["fingerprint"], record["image"]) == (fingerprint, image)
        return record if same else None

    def store(self, clip: Clip, fingerprint: str, prepared: Prepared) -> dict:
        """Writes the map and then its record, which it returns."""
        data = png(prepared.image)
        replace(self.image(clip), data)
        record = {
            "fingerprint": fingerprint,
            "image": hashlib.sha256(data).hexdigest(),
            "landmarks": [f"{value:.4f}" for value in prepared.landmarks.reshape(-1)],
            "scaling": [
                f"{value:.9g}"
                for channel in CHANNELS
                for value in (prepared.scales[channel].offset, prepared.scales[channel].factor)
            ],
        }
        replace(self.record(clip), json.dumps(record, indent=1).encode())
        return record

    def store_picture(self, clip: Clip, picture: np.ndarray) -> None:
        """Writes a picture [height, width, 3 (red, green, blue)]."""
        self.picture(clip).parent.mkdir(exist_ok=True)
        replace(self.picture(clip), png(picture))

    def store_tables(self, done: list[tuple[Clip, dict]]) -> None:
        """Writes manifest.csv and scaling.csv, with one row for each clip that is done."""
        images = [f"flow/{clip.name}.png" for clip, _ in done]
        manifest = [
            [image, clip.label, clip.subject, clip.dataset, clip.clip, *record["landmarks"]]
            for image, (clip, record) in zip(images, done)
        ]
        scaling = [[image, *record["scaling"]] for image, (_, record) in zip(images, done)]
        replace(self.root / "manifest.csv", table(MANIFEST, manifest))
        replace(self.root / "scaling.csv", table(SCALING, scaling))

    def strangers(self, clips: Iterable[Clip]) -> list[Path]:
        """The maps of clips that are not among `clips`."""
        known = {self.image(clip) for clip in clips}
        return sorted(set((self.root / "flow").glob("*.png")) - known)


def fingerprint(frames: Iterable[Path], settings: str) -> str:
    """What a map is made of: the frames' bytes and the settings."""
    digest = hashlib.sha256(settings.encode())
    for path in frames:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def table(titles: list[str], rows: list[list[str]]) -> bytes:
    """Comma-separated text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([titles, *rows])
    return text.getvalue().encode()


def png(image: np.ndarray) -> bytes:
    """The PNG of an image [height, width, 3 (red, green, blue)] of 8 or 16 bits."""
    return cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()


def replace(path: Path, data: bytes) -> None:
    """Puts `data` at `path` in one step."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)
