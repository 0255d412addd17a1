"""Reads manifests: files, directories and `-`, YAML or JSON, many documents, Lists taken apart."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ..errors import CliError

Object = dict[str, Any]
SUFFIXES = (".yaml", ".yml", ".json")
LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Plain(LOADER):  # type: ignore[misc]
    """Leaves dates as the text they are: JSON has no dates."""


_Plain.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in LOADER.yaml_implicit_resolvers.items()  # type: ignore[attr-defined]
}


def read(names: Iterable[str]) -> list[Object]:
    """The objects in the order they stand; CliError names the file and what is wrong with it."""
    found = [obj for name in names for obj in _source(name)]
    if not found:
        raise CliError(
            "no objects passed to apply" if not list(names) else f"no objects in {', '.join(names)}"
        )
    return found


def _source(name: str) -> Iterator[Object]:
    if "://" in name:
        raise CliError(f"{name}: manifests are read from files and directories; download it first")
    if name == "-":
        yield from parse(sys.stdin.read(), "standard input")
        return
    path = Path(name)
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix in SUFFIXES and file.is_file():
                yield from parse(file.read_text(), str(file))
        return
    try:
        text = path.read_text()
    except OSError as error:
        raise CliError(f"{name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CliError(f"{name}: not a text file") from None
    yield from parse(text, name)


def parse(text: str, where: str) -> Iterator[Object]:
    """The objects of one text; empty documents are passed over."""
    try:
        documents = list(yaml.load_all(text, Loader=_Plain))
    except yaml.YAMLError as error:
        raise CliError(f"{where}: not YAML: {error}") from None
    for document in documents:
        if document is not None:
            yield from _objects(document, where)


def _objects(value: Any, where: str) -> Iterator[Object]:
    if not isinstance(value, dict):
        raise CliError(
            f"{where}: a manifest is a mapping with apiVersion and kind, not {type(value).__name__}"
        )
    if str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list):
        for item in value["items"]:
            yield from _objects(item, where)
        return
    for key in ("apiVersion", "kind"):
        if not value.get(key):
            raise CliError(f"{where}: {key} not set")
    if not (value.get("metadata") or {}).get("name"):
        raise CliError(f"{where}: the {value['kind']} has no metadata.name")
    yield value
