"""The coding tables of CASME II and SAMM, which name frames by number, and their folders.

CASME II (CASME2-coding-20140508.xlsx): sub01/EP02_01f/img46.jpg, or reg_img46.jpg in "Cropped".
SAMM (SAMM_Micro_FACS_Codes_v2.xlsx): 006/006_1_2/006_05562.jpg.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from .clips import Clip, read_rows
from .frames import NumberedFrame
from .problems import TableError

@dataclass(frozen=True)
class Layout:
    """How a dataset's own table names its clips."""

    dataset: str
    onset: str
    apex: str
    subject: str
    """The subject's folder, with the number in it."""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("Subject", "Filename", self.onset, self.apex, "Estimated Emotion")


LAYOUTS = {
    "casme2": Layout("casme2", "OnsetFrame", "ApexFrame", "sub{:02d}"),
    "samm": Layout("samm", "Onset Frame", "Apex Frame", "{:03d}"),
}


def read_coding(path: Path, layout: Layout, frames: Path) -> list[Clip]:
    """The clips of a coding table exported as CSV, with the images below the folder `frames`."""
    clips: list[Clip] = []
    for row in read_rows(path, layout.columns):
        number = row["Subject"]
        if not re.fullmatch(r"\d+", number):
            raise TableError(f'{row.place}: column "Subject" is "{number}", not a whole number')
        subject = layout.subject.format(int(number))
        name = row["Filename"]
        onset, apex = (
            NumberedFrame(frames / subject / name, row[column], column)
            for column in (layout.onset, layout.apex)
        )
        label = row["Estimated Emotion"].lower()
        clips.append(
            Clip(name, layout.dataset, subject, label, onset, apex, f'{row.place} (clip "{name}")')
        )
    return clips
