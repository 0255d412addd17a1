"""The catalogue: which program stands for an image. Built-in entries are data; users add their own per
cluster.

`wherry image add` writes DATA/images.yaml through `add`; kubelets read it again when it changed.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?(?::[0-9]+)?/)?{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
"""The grammar of image names: github.com/distribution/reference."""
_FORMER = {
    "k8s.gcr.io/": "registry.k8s.io/",
    "gcr.io/google_containers/": "registry.k8s.io/",
    "gcr.io/google-containers/": "registry.k8s.io/",
    "gcr.io/kubernetes-e2e-test-images/": "registry.k8s.io/e2e-test-images/",
}
"""Where Kubernetes' images were before: manifests and tests of those years still name these registries."""
_HUB = re.compile(
    r"(?:docker\.io|index\.docker\.io|registry-1\.docker\.io|registry\.hub\.docker\.com|mirror\.gcr\.io"
    r"|public\.ecr\.aws/docker)/(?:library/)?"
)
"""Docker Hub, and who mirrors it."""
_BUILTIN = Path(__file__).with_name("catalogue.yaml")


class Entry(NamedTuple):
    """One line. `command` is the entry point a user mapped an image to."""

    pattern: str
    standin: str = ""
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    shell: bool = False
    also: tuple[str, ...] = ()
    """Further names of its own program."""
    user: int = -1
    """As whom it would run by itself; -1 when nobody has said."""
    groups: dict[int, list[int]] = {}
    """What it knows of users: number → primary group, further groups."""
    folders: tuple[str, ...] = ()
    """Directories that it has and nodes lack."""
    files: dict[str, str] = {}
    """What volumes of it hold: path → text."""
    missing: bool = False
    """No registry has it: for showing failed pulls."""
    sh: tuple[str, ...] = ()
    """What is /bin/sh there, where the node's own would lack what scripts rely on: the first of these
    programs that the node has."""
    bin: tuple[str, ...] = ()
    """Commands that it has in /bin."""


class Program(NamedTuple):
    """What to run: a stand-in, or `argv`."""

    standin: str
    argv: tuple[str, ...]


class Reference(NamedTuple):
    """The parts of an image name, as the distribution reference grammar has them."""

    registry: str
    repository: str
    tag: str
    digest: str

    @property
    def full(self) -> str:
        """`docker.io/library/nginx:latest`: what containerd reports as the image's name."""
        name = f"{self.registry}/{self.repository}"
        return f"{name}@{self.digest}" if self.digest else f"{name}:{self.tag}"

    @property
    def image_id(self) -> str:
        """A digest made from the name; the same on every node."""
        digest = self.digest or "sha256:" + hashlib.sha256(self.full.encode()).hexdigest()
        return f"{self.registry}/{self.repository}@{digest}"


def parse_reference(image: str) -> Reference:
    """ValueError with containerd's words when `image` is no valid name."""
    name, _, digest = image.partition("@")
    head, slash, tail = name.rpartition("/")
    last, _, tag = tail.partition(":")
    name = head + slash + last
    if not last or not _NAME.fullmatch(name) or not _TAG.fullmatch(tag or "latest"):
        raise ValueError("invalid reference format")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return Reference(first, rest, tag or "latest", digest)
    return Reference("docker.io", name if slash else f"library/{name}", tag or "latest", digest)


class Catalogue:
    """Built-in entries behind the user's own."""

    def __init__(self, entries: list[Entry], path: Path | None = None) -> None:
        self._builtin = entries
        self._path = path
        self._stamp = -1
        self._own: list[Entry] = []

    def entries(self) -> list[Entry]:
        """In order of precedence."""
        if self._path is not None:
            stamp = self._path.stat().st_mtime_ns if self._path.exists() else 0
            if stamp != self._stamp:
                self._stamp, self._own = stamp, _read(self._path)
        return [*self._own, *self._builtin]

    def find(self, image: str) -> Entry:
        """The entry for an image name; the last resort serves HTTP on the declared ports."""
        reference = parse_reference(image)
        full = f"{reference.registry}/{reference.repository}"
        names = {image, full, _HUB.sub("", full, count=1), reference.full}
        names |= {now + full[len(old) :] for old, now in _FORMER.items() if full.startswith(old)}
        for entry in self.entries():
            if any(fnmatch.fnmatchcase(name, entry.pattern) for name in names):
                return entry
        return Entry("*", standin="declared")

    def resolve(self, image: str, command: list[str], args: list[str]) -> Program:
        """What the image runs under the pod's `command` and `args`, by the rules of docker's ENTRYPOINT and
        CMD."""
        entry = self.find(image)
        if entry.command:
            own = command[1:] if command and _own_program(entry, command[0]) else ()
            return Program("", (*entry.command, *own, *args))
        if entry.shell:
            if command or args:
                return Program("", (*(command or entry.entrypoint), *args))
            return Program("", (*entry.entrypoint, *entry.default))
        if command and not _own_program(entry, command[0]):
            # The pod asks for another program of the image, for example a shell.
            return Program("", (*command, *args))
        name = command or list(entry.entrypoint) or [entry.standin]
        return Program(entry.standin, (*name, *args))


def _own_program(entry: Entry, program: str) -> bool:
    """Whether `program` is the image's own: `/agnhost`, `nginx`, `demo`."""
    base = program.rpartition("/")[2]
    names = {
        entry.standin,
        entry.pattern.rpartition("/")[2].partition(":")[0],
        *(p.rpartition("/")[2] for p in entry.command[:1]),
        *(p.rpartition("/")[2] for p in entry.entrypoint),
        *(p.rpartition("/")[2] for p in entry.also),
    }
    return base in names


def load(data_dir: Path | None = None) -> Catalogue:
    """The catalogue of a cluster; without a directory only the built-in one."""
    return Catalogue(_read(_BUILTIN), data_dir / "images.yaml" if data_dir is not None else None)


def add(data_dir: Path, pattern: str, command: list[str]) -> None:
    """Maps an image name or pattern to a local program; an entry of the same pattern is replaced."""
    path = data_dir / "images.yaml"
    rows = [_row(e) for e in _read(path) if e.pattern != pattern]
    _write(path, [{"pattern": pattern, "command": command}, *rows])


def remove(data_dir: Path, pattern: str) -> bool:
    """False when there was no such entry."""
    path = data_dir / "images.yaml"
    entries = _read(path)
    _write(path, [_row(e) for e in entries if e.pattern != pattern])
    return any(e.pattern == pattern for e in entries)


def _read(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text()) or []
    return [_entry(row) for row in rows]


def _entry(row: dict[str, Any]) -> Entry:
    """TypeError for a key that no entry has."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Entry(**values)


def _row(entry: Entry) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in entry._asdict().items() if v}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(yaml.safe_dump(rows, sort_keys=False))
    scratch.rename(path)
