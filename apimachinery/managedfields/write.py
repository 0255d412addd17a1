"""Ownership after a create, update or non-apply patch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ..schema.node import Node
from . import check, compare, entries
from .compare import Difference
from .entries import Identity, Managers, Owned
from .fieldset import LEAF, MEMBER, Fields, difference, intersection, tidy, union, without
from .reconcile import reconciled
from .shape import UntoldError, of_object

Object = dict[str, Any]
Convert = Callable[[Object, str], tuple[Object, Node | None] | None]
"""(object, apiVersion) -> the object in that version and its schema; None when the version is not served, or
NoVersionError when it cannot even be thought of."""


class NoVersionError(ValueError):
    """The object has no form in the version that an owner's entry names, so that its owners are lost."""


IN_OBJECT: Final = object()

IDENTITY_FIELDS = {
    f"f:{name}": LEAF
    for name in (
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    )
}
_NEVER_OWNED: Fields = {
    "f:apiVersion": LEAF,
    "f:kind": LEAF,
    "f:metadata": {MEMBER: LEAF, **IDENTITY_FIELDS},
}


def user_agent_manager(user_agent: str) -> str:
    """The manager of a request that names none: what its User-Agent has before the slash, at most 128
    characters of it, printable ones only."""
    name = user_agent.split("/", 1)[0]
    kept: list[str] = []
    size = 0
    for letter in name:
        if not letter.isprintable():
            continue
        size += len(letter.encode())
        if size > 128:
            break
        kept.append(letter)
    return "".join(kept)


def after_write(
    live: Object | None,
    new: Object,
    old_managed: Sequence[Any],
    *,
    manager: str,
    operation: str = "Update",
    api_version: str,
    time: str,
    subresource: str = "",
    node: Node | None,
    requested: Any = IN_OBJECT,
    reset: Sequence[Sequence[str]] = (),
    convert: Convert | None = None,
    doubtful: bool = False,
) -> list[Any]:
    """The managedFields to store with `new`. An object that does not fit its schema has none.

    `live` is the object before the write (None: it is created); `old_managed` its managedFields.
    `requested` is what the request itself said about managedFields, by default what stands in `new`: a
    valid list replaces `old_managed`, an empty one forgets all owners (decoding drops empty lists: pass
    `[]` then). `reset` are paths such as `("status",)` that the strategy overrules, so that nobody owns
    them through this write. `convert` is for kinds served in several versions. `time` is RFC 3339. `doubtful`
    says that the schema may have changed since `live` was written, or that `new` may not fit it.
    """
    if requested is IN_OBJECT:
        requested = (new.get("metadata") or {}).get("managedFields")
    managers, told = _before(requested, old_managed, bool(subresource))
    if live is not None and not managers:
        return []
    own = entries.identify(manager, operation, api_version, subresource)
    try:
        if doubtful:
            check.fits(of_object(node), _bare(new), allow_duplicates=True)
        change = Change(live or {}, new, api_version, node, reset, convert)
        if doubtful or told:
            managers = change.reconcile(managers)
        after = _after(managers, change, own, time)
    except (UntoldError, NoVersionError, check.Misfit):
        return []
    found = entries.write(entries.cap(after))
    if told and change.nothing and entries.same_but_times(old_managed, found):
        return list(old_managed)
    return found


class Change:
    """One write, compared in each version that some manager speaks."""

    def __init__(
        self,
        old: Object,
        new: Object,
        api_version: str,
        node: Node | None,
        reset: Sequence[Sequence[str]],
        convert: Convert | None,
    ) -> None:
        self.old = old
        self.new = new
        self.convert = convert
        self._reset = reset
        self._shapes = {api_version: of_object(node)}
        self.own = self._compare(api_version, old, new)
        self._known: dict[str, Difference | None] = {api_version: self.own}

    def _compare(self, api_version: str, old: Object, new: Object) -> Difference:
        found = compare.objects(self._shapes[api_version], old, new)
        return Difference(
            owned_through(found.changed, self._reset), owned_through(found.removed, self._reset)
        )

    @property
    def nothing(self) -> bool:
        """Whether the objects are the same but for their owners."""
        return _bare(self.old) == _bare(self.new)

    def at(self, api_version: str) -> Difference | None:
        """The differences as a manager of `api_version` sees them; None when that version is gone."""
        if api_version not in self._known:
            self._known[api_version] = self._converted(api_version)
        return self._known[api_version]

    def _converted(self, api_version: str) -> Difference | None:
        if api_version.count("/") > 1:
            raise NoVersionError(f"unexpected GroupVersion string: {api_version}")
        if self.convert is None:
            return None
        new = self.convert(self.new, api_version)
        old = self.convert(self.old, api_version) if self.old else ({}, None)
        if old is None or new is None:
            return None
        shape = self._shapes[api_version] = of_object(new[1])
        for obj in (old[0], new[0]):
            # In other versions than the request's, upstream allows no duplicates either.
            check.fits(shape, _bare(obj))
        return self._compare(api_version, old[0], new[0])

    def reconcile(self, managers: Managers) -> Managers:
        """The managers as today's schemas let them own; those of versions that are gone own nothing."""
        out: Managers = {}
        for identity, owned in managers.items():
            if self.at(owned.api_version) is not None:
                shape = self._shapes.get(owned.api_version)
                fields = owned.fields if shape is None else reconciled(shape, owned.fields)
                out[identity] = owned if fields is owned.fields else owned._replace(fields=fields)
        return out


def _bare(obj: Object) -> Object:
    meta = obj.get("metadata") or {}
    return {**obj, "metadata": {name: value for name, value in meta.items() if name != "managedFields"}}


def owned_through(fields: Fields, reset: Sequence[Sequence[str]]) -> Fields:
    """Without the parts at the `reset` paths."""
    for path in reset:
        fields = without(fields, tuple("f:" + name for name in path))
    return fields


def _before(requested: Any, old_managed: Sequence[Any], is_subresource: bool) -> tuple[Managers, bool]:
    """The managers to start from, and whether the request told them. A subresource's request has no say."""
    if is_subresource or requested is None or requested is old_managed or requested == old_managed:
        return entries.read(old_managed, trusted=True), False
    if entries.is_reset(requested):
        return {}, False
    try:
        return entries.read(requested, trusted=False), True
    except ValueError:
        return entries.read(old_managed, trusted=True), False


def _after(managers: Managers, change: Change, own: Identity, time: str) -> Managers:
    out = release(managers, change)
    gained = strip(change.own.changed)
    if gained:
        mine = out.get(own)
        fields = gained if mine is None else union(gained, mine.fields)
        out[own] = Owned(own.api_version, time, entries.ordered(fields))
    return out


def release(managers: Managers, change: Change, but: Identity | None = None) -> Managers:
    """The managers without the fields that changed under them or went, `but` one left alone."""
    out: Managers = {}
    for identity, owned in managers.items():
        seen = change.at(owned.api_version) if identity != but else Difference({}, {})
        if seen is None:
            continue
        rest = difference(difference(owned.fields, seen.changed), seen.removed)
        if rest:
            out[identity] = owned if rest is owned.fields else owned._replace(fields=rest)
    return out


def conflicts(managers: Managers, change: Change, but: Identity) -> dict[Identity, Fields]:
    """What other managers own of the fields that change."""
    out: dict[Identity, Fields] = {}
    for identity, owned in managers.items():
        seen = change.at(owned.api_version) if identity != but else None
        shared = intersection(owned.fields, seen.changed) if seen is not None else {}
        if shared:
            out[identity] = shared
    return out


def strip(fields: Fields) -> Fields:
    """Without the fields that say which object this is, which nobody owns."""
    if not fields:
        return fields
    out = {key: node for key, node in fields.items() if key not in ("f:apiVersion", "f:kind")}
    metadata = out.get("f:metadata")
    if metadata is not None:
        rest = tidy({key: node for key, node in metadata.items() if key not in _NEVER_OWNED["f:metadata"]})
        if rest is None:
            del out["f:metadata"]
        else:
            out["f:metadata"] = rest
    return out
