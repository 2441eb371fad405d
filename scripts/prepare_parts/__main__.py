"""The command line of scripts/prepare."""

import sys

from .clips import check_names, read_clips
from .classes import merge, read_classes
from .command_line import arguments
from .layouts import LAYOUTS, read_coding
from .problems import TableError


def main() -> int:
    options = arguments()
    # OpenCV takes a while to load; a wrong command line need not wait for it.
    from .output import Output
    from .preparation import Settings
    from .run import run

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    try:
        if options.layout:
            clips = read_coding(options.table, LAYOUTS[options.layout], options.frames)
        else:
            clips = read_clips(options.table)
        if options.classes:
            clips, left = merge(clips, read_classes(options.classes))
            if left:
                counts = ", ".join(f"{label} {count}" for label, count in left.items())
                say(f"left out, since no --class names their label: {counts}")
        check_names(clips)
    except TableError as error:
        say(f"error: {error}")
        return 2
    settings = Settings(options.size, options.bits, options.scaling)
    return 0 if run(clips, settings, Output(options.output), options.pictures, say) else 1


if __name__ == "__main__":
    sys.exit(main())
