"""Where a clip's frames lie."""

import re
from dataclasses import dataclass
from pathlib import Path

from .problems import ClipError

IMAGES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}


@dataclass(frozen=True)
class NumberedFrame:
    """The image in `folder` whose name ends in `number`, as `column` of a coding table has it."""

    folder: Path
    number: str
    column: str


def locate(frame: Path | NumberedFrame) -> Path:
    """The path of a frame's image, which is there."""
    if isinstance(frame, NumberedFrame):
        return numbered(frame)
    if not frame.is_file():
        raise ClipError(f'there is no image "{frame}"')
    return frame


def numbered(frame: NumberedFrame) -> Path:
    """The one image of a number. Zeros before a number do not count: spreadsheets cut them."""
    if not re.fullmatch(r"\d+", frame.number):
        raise ClipError(f'column "{frame.column}" is "{frame.number}", not a whole number')
    if not frame.folder.is_dir():
        raise ClipError(f"there is no folder {frame.folder}")
    found = [
        path
        for path in sorted(frame.folder.iterdir())
        if path.suffix.lower() in IMAGES
        and (digits := re.search(r"(\d+)$", path.stem))
        and int(digits[1]) == int(frame.number)
    ]
    if len(found) != 1:
        what = "no image" if not found else f"{len(found)} images"
        raise ClipError(f"{frame.folder} has {what} of number {frame.number}")
    return found[0]
