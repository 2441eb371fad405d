"""What scripts/prepare takes: it needs the standard library alone, so that help and mistakes wait for nothing."""

import argparse
from pathlib import Path

from .layouts import LAYOUTS

ABOUT = """\
Makes flow maps and manifest.csv from pairs of frames: the onset, where the face is still at rest, and
the apex, where it moves most.

The table has one row for each clip and these columns; image paths are relative to the table:

  clip,dataset,subject,label,onset,apex
  EP02_01f,casme2,sub01,positive,frames/a046.jpg,frames/a059.jpg

Or it is a dataset's own coding table, exported as CSV, with --layout and --frames:

  casme2   Subject, Filename, OnsetFrame, ApexFrame, Estimated Emotion
           FRAMES/sub01/EP02_01f/img46.jpg (or reg_img46.jpg)
  samm     Subject, Filename, Onset Frame, Apex Frame, Estimated Emotion
           FRAMES/006/006_1_2/006_05562.jpg

Each clip: find the face and five points in the onset (MTCNN); turn and scale both frames alike onto a
square; TV-L1 flow from onset to apex; optical strain; means of blocks down to --size; whole numbers.
A map's red is u (to the right), green v (down), blue strain, as in the published maps.

A second run redoes only what has changed. A clip that fails is named, and the others go on.
Exit status: 0 all done, 1 some clips failed, 2 nothing was done. docs/data.md has the whole recipe.
"""

EXAMPLES = """\
examples:
  scripts/prepare clips.csv --output prepared --pictures
  scripts/prepare casme2.csv --layout casme2 --frames CASME2/Cropped --output prepared \\
    --class negative=disgust,repression --class positive=happiness --class surprise=surprise

other uses:
  scripts/prepare --self-test    runs the tests of these steps
  HTNET_PREPARE_ENVIRONMENTS=DIR scripts/prepare ...   keeps the Python packages in DIR
"""

# How motion becomes whole numbers (scaling.py).
SCALINGS = ("release", "centred")


def arguments(texts: list[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        prog="scripts/prepare", description=ABOUT, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", type=Path, metavar="TABLE.csv")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR",
                        help="gets manifest.csv, scaling.csv, flow/ and done/")
    parser.add_argument("--size", type=int, default=28, metavar="PIXELS",
                        help="side of a map, 8 to 512 (default 28)")
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8,
                        help="of a sample (default 8, as published)")
    parser.add_argument("--scaling", choices=SCALINGS, default="release",
                        help="release: each channel of each clip from its least to its greatest value, "
                             "as published; centred: no motion is 128, u and v by one factor a clip "
                             "(default release)")
    parser.add_argument("--pictures", action="store_true",
                        help="also a picture of each clip's steps, in DIR/pictures")
    parser.add_argument("--layout", choices=sorted(LAYOUTS), help="TABLE.csv is this dataset's own")
    parser.add_argument("--frames", type=Path, metavar="DIR", help="with --layout: where the frames lie")
    parser.add_argument("--class", action="append", default=[], dest="classes", metavar="NAME=LABELS",
                        help="merges labels; clips of other labels are left out, which is said")
    options = parser.parse_args(texts)
    if not 8 <= options.size <= 512:
        parser.error(f"--size is {options.size}, not between 8 and 512")
    if (options.layout is None) != (options.frames is None):
        parser.error("--layout and --frames go together")
    return options
