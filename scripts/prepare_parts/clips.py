"""The table of clips, as people have it: any common separator, BOM, CRLF, spaces, blank lines."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from .frames import NumberedFrame
from .problems import TableError

COLUMNS = ("clip", "dataset", "subject", "label", "onset", "apex")


@dataclass(frozen=True)
class Clip:
    """One clip. `onset` and `apex` say where its frames lie; `place` names the row, for messages."""

    clip: str
    dataset: str
    subject: str
    label: str
    onset: Path | NumberedFrame
    apex: Path | NumberedFrame
    place: str

    @property
    def name(self) -> str:
        """The name of the clip's files, made of what identifies it."""
        return "_".join((self.dataset, self.subject, self.clip))


@dataclass(frozen=True)
class Row:
    """One row of a table: the fields by column, and `place`, the file and line for messages."""

    fields: dict[str, str]
    place: str

    def __getitem__(self, column: str) -> str:
        """The field, which must not be empty."""
        value = self.fields[column]
        if not value:
            raise TableError(f'{self.place}: column "{column}" is empty')
        return value


def read_rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """The rows of the table at `path`, which must have `columns`; others are not looked at."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise TableError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise TableError(f"{path}: is not UTF-8 text; export the sheet as CSV (UTF-8)") from None
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    titles: list[str] | None = None
    rows: list[Row] = []
    for record in reader:
        fields = [field.strip() for field in record]
        if not any(fields):
            continue
        place = f"{path}, line {reader.line_num}"
        if titles is None:
            titles = fields
            check_titles(titles, columns, place)
        elif len(fields) != len(titles):
            raise TableError(f"{place}: has {len(fields)} fields, the first line {len(titles)}")
        else:
            rows.append(Row(dict(zip(titles, fields)), place))
    if not rows:
        raise TableError(f"{path}: has no row of data")
    return rows


def check_titles(titles: list[str], columns: tuple[str, ...], place: str) -> None:
    """Each of `columns` must stand in `titles` once."""
    for column in columns:
        if titles.count(column) != 1:
            what = "two" if column in titles else "no"
            raise TableError(f'{place}: has {what} column "{column}"; columns: {", ".join(titles)}')


def read_clips(path: Path) -> list[Clip]:
    """The clips of a table of `COLUMNS`, whose image paths are relative to the table."""
    return [
        Clip(
            *(row[column] for column in COLUMNS[:4]),
            onset=path.parent / row["onset"],
            apex=path.parent / row["apex"],
            place=f'{row.place} (clip "{row["clip"]}")',
        )
        for row in read_rows(path, COLUMNS)
    ]


def check_names(clips: list[Clip]) -> None:
    """Each clip needs files of its own, on any file system."""
    seen: dict[str, Clip] = {}
    for clip in clips:
        for column in ("clip", "dataset", "subject"):
            value = getattr(clip, column)
            if not re.fullmatch(r"[\w().+-]+", value) or value.startswith("."):
                raise TableError(
                    f'{clip.place}: column "{column}" is "{value}"; it names files, so only letters, '
                    "digits and _ - + . ( ) may stand there, and no dot at its start"
                )
        other = seen.setdefault(clip.name.casefold(), clip)
        if other is not clip:
            raise TableError(f'{clip.place}: is named "{clip.name}", as is {other.place}')
