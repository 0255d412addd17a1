"""What stands on a command line as objects: `pods`, `pod web`, `pod/web`, `deploy/a svc/b`, `pods,svc`,
`all`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..errors import CliError
from .kinds import Kind, Kinds


class Ref(NamedTuple):
    """A resource, and one object of it unless `name` is empty."""

    kind: Kind
    name: str = ""


def parse(kinds: Kinds, words: Sequence[str]) -> list[Ref]:
    """CliError for an unknown kind and for forms that do not go together."""
    if any("/" in word for word in words):
        return [_pair(kinds, word) for word in words]
    if not words:
        raise CliError("say which kind: for example pods, deployment/demo or pods,services")
    found = [kind for text in words[0].split(",") if text for kind in _named(kinds, text)]
    if len(words) == 1:
        return [Ref(kind) for kind in found]
    return [Ref(kind, name) for kind in found for name in words[1:]]


def _named(kinds: Kinds, text: str) -> list[Kind]:
    return kinds.category(text) or [kinds.find(text)]


def _pair(kinds: Kinds, word: str) -> Ref:
    kind, slash, name = word.partition("/")
    if not slash or not kind or not name or "/" in name:
        raise CliError(f'"{word}" is not KIND/NAME (all arguments must be of that form when one is)')
    return Ref(kinds.find(kind), name)
