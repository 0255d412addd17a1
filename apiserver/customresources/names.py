"""Which of its names a definition may have: what others of its group hold already is refused.

Source: apiextensions-apiserver pkg/controller/status (NamingConditionController).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..registry.apiextensions.conditions import ESTABLISHED, NAMES_ACCEPTED, condition
from ..registry.strategy import Object

ACCEPTED: Object = {
    "type": NAMES_ACCEPTED, "status": "True", "reason": "NoConflicts", "message": "no conflicts found",
}  # fmt: skip
REFUSED: Object = {
    "type": ESTABLISHED, "status": "False", "reason": "NotAccepted", "message": "not all names are accepted",
}  # fmt: skip
INSTALLED: Object = {
    "type": ESTABLISHED,
    "status": "True",
    "reason": "InitialNamesAccepted",
    "message": "the initial names have been accepted",
}


class Verdict(NamedTuple):
    """The names a definition holds from now on, and its NamesAccepted and Established conditions."""

    accepted: Object
    names: Object
    established: Object


class Others:
    """The names of which at least one is held by another definition than `own`."""

    def __init__(self, holders: Mapping[str, set[str]], own: str) -> None:
        self._holders, self._own = holders, own

    def __contains__(self, name: str) -> bool:
        holders = self._holders.get(name)
        return holders is not None and holders != {self._own}


class Taken:
    """The names that the definitions of one group hold, and which of them hold each."""

    def __init__(self) -> None:
        self._resources: dict[str, set[str]] = {}
        self._kinds: dict[str, set[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._resources or self._kinds)

    def resources(self, own: str) -> Others:
        """Plural, singular and short names that a definition other than `own` holds."""
        return Others(self._resources, own)

    def kinds(self, own: str) -> Others:
        return Others(self._kinds, own)

    def put(self, raw: Object) -> None:
        for held, name in self._names(raw):
            held.setdefault(name, set()).add(raw["metadata"]["name"])

    def drop(self, raw: Object) -> None:
        """Takes back what `put` did for the same object."""
        for held, name in self._names(raw):
            holders = held.get(name, set())
            holders.discard(raw["metadata"]["name"])
            if not holders:
                held.pop(name, None)

    def _names(self, raw: Object) -> Iterator[tuple[dict[str, set[str]], str]]:
        names = (raw.get("status") or {}).get("acceptedNames") or {}
        for name in (names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())):
            yield self._resources, name
        for name in (names.get("kind", ""), names.get("listKind", "")):
            yield self._kinds, name


def judge(raw: Object, taken: Taken) -> Verdict:
    """Every name that is free or already its own is accepted; the last conflict is the one that is told."""
    wanted, own = raw["spec"]["names"], raw["metadata"]["name"]
    resources, kinds = taken.resources(own), taken.kinds(own)
    held = dict((raw.get("status") or {}).get("acceptedNames") or {})
    verdict = dict(ACCEPTED)
    for key, reason in (("plural", "PluralConflict"), ("singular", "SingularConflict")):
        _claim(wanted, held, key, reason, resources, verdict)
    _claim_short_names(wanted, held, resources, verdict)
    for key, reason in (("kind", "KindConflict"), ("listKind", "ListKindConflict")):
        _claim(wanted, held, key, reason, kinds, verdict)
    _set(held, "categories", wanted.get("categories"))
    return Verdict(_ordered(held), verdict, _established(raw, verdict))


def _claim(wanted: Object, held: Object, key: str, reason: str, used: Others, verdict: Object) -> None:
    name = wanted.get(key, "")
    if name != held.get(key, "") and name in used:
        verdict.update(status="False", reason=reason, message=f'"{name}" is already in use')
    else:
        _set(held, key, name)


def _claim_short_names(wanted: Object, held: Object, used: Others, verdict: Object) -> None:
    names, own = wanted.get("shortNames") or [], held.get("shortNames") or []
    if names == own:
        return
    lost = list(
        dict.fromkeys(f'"{name}" is already in use' for name in names if name in used and name not in own)
    )
    if lost:
        message = lost[0] if len(lost) == 1 else f"[{', '.join(lost)}]"
        verdict.update(status="False", reason="ShortNamesConflict", message=message)
    else:
        _set(held, "shortNames", names)


def _set(held: Object, key: str, value: object) -> None:
    """Empty names are left out, but for the two that Go always writes."""
    if value or key in ("plural", "kind"):
        held[key] = value or ""
    else:
        held.pop(key, None)


def _ordered(names: Object) -> Object:
    order = ("plural", "singular", "shortNames", "kind", "listKind", "categories")
    return {key: names.get(key, "") for key in order if key in names or key in ("plural", "kind")}


def _established(raw: Object, names: Object) -> Object:
    old = condition(raw, ESTABLISHED)
    if old is not None and old.get("status") == "True":
        return old
    return INSTALLED if names["status"] == "True" else old or REFUSED
