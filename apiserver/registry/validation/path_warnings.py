"""Warnings about files of a volume that hide each other: two with one path, or one where another wants a
folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ....apimachinery import field
from .common import Object
from .port_warnings import ENOUGH


class _File(NamedTuple):
    """`order` counts the volume's files; `source` is shown where a volume has several."""

    order: int
    path: str
    source: str

    def __str__(self) -> str:
        shown = field.quote(self.path)
        return f"{shown} ({self.source})" if self.source else shown


class _Folder:
    """A tree of the files so far: linear, whatever their number."""

    def __init__(self) -> None:
        self.files: list[_File] = []
        self.inside: dict[str, _Folder] = {}

    def add(self, file: _File) -> list[_File]:
        """The earlier files that this one is in the way of, in their order."""
        found: list[_File] = []
        here = self
        for part in file.path.split("/"):
            here = here.inside.setdefault(part, _Folder())
            found += here.files
        waiting = list(here.inside.values())
        while waiting:
            folder = waiting.pop()
            found += folder.files
            waiting += folder.inside.values()
        here.files.append(file)
        return sorted(found)


def path_warnings(spec: Object) -> Iterator[str]:
    """Of all volumes of a pod; no more than clients are told anyway."""
    said = 0
    for volume in spec.get("volumes") or ():
        for text in _volume(volume):
            yield text
            said += len(text)
            if said > ENOUGH:
                return


def _volume(volume: Object) -> Iterator[str]:
    name = field.quote(volume.get("name", ""))
    for kind, shown in (("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")):
        source = volume.get(kind)
        if source and source.get("items"):
            called = source.get("secretName" if kind == "secret" else "name", "")
            what = shown if kind == "downwardAPI" else f"{shown} {field.quote(called)}"
            yield from _overlaps(f"volume {name} ({what})", [(path, "") for path in _paths(source)])
    projected = volume.get("projected")
    if projected:
        files: list[tuple[str, str]] = []
        for source in projected.get("sources") or ():
            if not source:
                yield f"volume {name} (Projected) has no sources provided"
            files += _projection(source)
        yield from _overlaps(f"volume {name} (Projected)", files)


def _paths(source: Object) -> list[str]:
    return [item.get("path", "") for item in source.get("items") or ()]


def _projection(source: Object) -> list[tuple[str, str]]:
    """The paths of a source with what they come from; upstream looks at the first kind only."""
    for kind, shown in (("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")):
        given = source.get(kind)
        if given and given.get("items"):
            what = shown if kind == "downwardAPI" else f"{shown} {field.quote(given.get('name', ''))}"
            return [(path, what) for path in _paths(given)]
    token = source.get("serviceAccountToken")
    return [] if token is None else [(token.get("path", ""), "ServiceAccountToken")]


def _overlaps(volume: str, files: list[tuple[str, str]]) -> Iterator[str]:
    root = _Folder()
    for order, (path, source) in enumerate(files):
        file = _File(order, path.rstrip("/"), source)
        if file.path:
            for other in root.add(file):
                yield f"{volume}: overlapping paths: {file} with {other}"
