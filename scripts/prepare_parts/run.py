"""Prepares many clips: what is done is kept, what fails is named, the others go on."""

from collections.abc import Callable

from .clips import Clip
from .faces import FaceFinder
from .frames import locate
from .output import Output, fingerprint
from .pictures import picture
from .preparation import Settings, prepare
from .problems import ClipError


def run(
    clips: list[Clip], settings: Settings, output: Output, with_pictures: bool,
    say: Callable[[str], None],
) -> bool:
    """Whether every clip is done. manifest.csv then lists those that are, in the table's order."""
    faces = FaceFinder()
    done: list[tuple[Clip, dict]] = []
    made = 0
    for count, clip in enumerate(clips, 1):
        try:
            frames = locate(clip.onset), locate(clip.apex)
            made_of = fingerprint(frames, settings.text())
            record = output.done(clip, made_of)
            if record is None or (with_pictures and not output.picture(clip).is_file()):
                # Of other frames or settings now, so it must not stay beside a map that it belies.
                output.picture(clip).unlink(missing_ok=True)
                prepared = prepare(*frames, settings, faces)
                if with_pictures:
                    output.store_picture(clip, picture(prepared))
                record = output.store(clip, made_of, prepared)
                made += 1
                say(f"{count} of {len(clips)}: {clip.name}")
            done.append((clip, record))
        except ClipError as error:
            say(f"error: {clip.place}: {error}")
    output.store_tables(done)
    for path in output.strangers(clips):
        say(f"warning: {path} belongs to no clip of the table; manifest.csv leaves it out")
    failed = len(clips) - len(done)
    say(
        f"{made} made, {len(done) - made} kept as they were, {failed} failed; "
        f"{output.root / 'manifest.csv'} lists {len(done)} clips"
    )
    return failed == 0
