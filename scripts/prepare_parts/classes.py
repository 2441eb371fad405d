"""Merges labels into classes."""

from collections import Counter
from dataclasses import replace

from .clips import Clip
from .problems import TableError


def read_classes(texts: list[str]) -> dict[str, str]:
    """The class of each label, from texts such as `negative=disgust,repression`."""
    classes: dict[str, str] = {}
    for text in texts:
        name, equals, labels = text.partition("=")
        names = [label.strip() for label in labels.split(",")]
        if not (name.strip() and equals and all(names)):
            raise TableError(f'--class is "{text}", not such as negative=disgust,repression')
        for label in names:
            if label in classes:
                raise TableError(f'--class names the label "{label}" twice')
            classes[label] = name.strip()
    return classes


def merge(clips: list[Clip], classes: dict[str, str]) -> tuple[list[Clip], dict[str, int]]:
    """The clips whose label has a class, labelled with it; and how many of each label have none."""
    labels = {clip.label for clip in clips}
    for label in classes:
        if label not in labels:
            raise TableError(
                f'--class names the label "{label}", which no clip has; labels: '
                + ", ".join(sorted(labels))
            )
    kept = [replace(clip, label=classes[clip.label]) for clip in clips if clip.label in classes]
    left = Counter(clip.label for clip in clips if clip.label not in classes)
    return kept, dict(sorted(left.items()))
