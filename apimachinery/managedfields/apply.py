"""Server-side apply: a configuration becomes part of an object, and its manager the owner of what it
names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..errors import StatusError
from ..gvk import parse_group_version
from ..schema.node import Node
from ..serializer import json_strict
from . import check, collect, compare, entries, merge, paths, prune
from .conflict import ApplyConflict
from .entries import Identity, Managers, Owned
from .fieldset import Fields, difference, union
from .shape import Shape, of_object
from .write import Change, Convert, NoVersionError, conflicts, owned_through, release, strip

Object = dict[str, Any]

BEFORE_FIRST_APPLY = "before-first-apply"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CLIENT_SIDE_MANAGER = "kubectl"
"""Its server-side applies keep the client-side annotation up to date and respect what it says."""


class _Request:
    """One apply, its fixed parts gathered."""

    def __init__(
        self,
        patch: Object,
        own: Identity,
        api_version: str,
        node: Node | None,
        reset: Sequence[Sequence[str]],
        convert: Convert | None,
        doubtful: bool,
    ) -> None:
        self.patch = patch
        self.own = own
        self.api_version = api_version
        self.node = node
        self.shape: Shape = of_object(node)
        self.reset = reset
        self.convert = None if convert is None else _checked(convert)
        self.doubtful = doubtful

    def change(self, old: Object, new: Object) -> Change:
        return Change(old, new, self.api_version, self.node, self.reset, self.convert)


def apply(
    live: Object | None,
    patch: Object,
    *,
    manager: str,
    force: bool,
    api_version: str,
    kind: str,
    time: str,
    subresource: str = "",
    node: Node | None,
    reset: Sequence[Sequence[str]] = (),
    convert: Convert | None = None,
    doubtful: bool = False,
) -> Object:
    """The object after the apply, with its managedFields; not yet defaulted, and nulls may be left in it.

    `live` is None when the object is to be created. `reset` and `convert` are those of `after_write`.
    `doubtful` says that the schema may have changed since `live` was written.
    StatusError: 400 when the patch is of another kind or carries managedFields, 409 ApplyConflict when
    other managers own what it changes and `force` is not given, 500 when it or `live` does not fit the
    schema.
    """
    _check_kind(patch, api_version, kind)
    own = entries.identify(manager, "Apply", api_version, subresource)
    request = _Request(patch, own, api_version, node, reset, convert, doubtful)
    _check_patch(request)
    before = _without_managed_fields(live or {})
    managers = entries.read(((live or {}).get("metadata") or {}).get("managedFields") or (), trusted=True)
    if not managers:
        why = "failed to create manager for existing fields: failed to convert new object"
        _check_live(request, before, why + " ({}) to smd typed: {}")
        managers = _first_owner(request, before, time, subresource)
    elif doubtful:
        _check_live(request, before, "failed to create typed live object ({}): {}")
    try:
        new, after = _run(request, before, managers, force)
    except ApplyConflict as conflict:
        if manager != CLIENT_SIDE_MANAGER:
            raise
        _forgive(request, before, conflict)
        new, after = _run(request, before, managers, force=True)
    if new is None:
        new = before
    elif own in after:
        after[own] = after[own]._replace(time=time)
    if manager == CLIENT_SIDE_MANAGER:
        new = _with_last_applied(new, patch)
    return _with_managed_fields(new, entries.write(after))


def _checked(convert: Convert) -> Convert:
    """A conversion whose outcome fits the schema of its version, as an apply demands (other writes do not).
    StatusError 500."""

    def checked(obj: Object, api_version: str) -> tuple[Object, Node | None] | None:
        try:
            found = convert(obj, api_version)
        except NoVersionError as error:
            raise StatusError(500, "", str(error)) from None
        if found is None or found[1] is None:
            return found
        try:
            check.fits(of_object(found[1]), found[0])
        except check.Misfit as misfit:
            raise StatusError(500, "", f"failed to convert new object: {misfit}") from None
        return found

    return checked


def _check_kind(patch: Object, api_version: str, kind: str) -> None:
    given = patch.get("apiVersion") or ""
    if given == api_version and patch.get("kind") == kind:
        return
    named = patch.get("kind")
    try:
        group, version = parse_group_version(given if isinstance(given, str) else "")
        shown = f"{group}/{version}, Kind={named if isinstance(named, str) else ''}"
    except ValueError:
        shown = "/, Kind="
    raise errors.bad_request(f"invalid object type: {shown}")


def _check_patch(request: _Request) -> None:
    metadata = request.patch.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        raise errors.bad_request("metadata.managedFields must be nil")
    try:
        check.fits(request.shape, request.patch)
    except check.Misfit as misfit:
        shown = show_object(request.patch, request.api_version, request.patch["kind"])
        message = f"failed to create typed patch object ({shown}): {misfit}"
        raise StatusError(500, "", message) from None


def _check_live(request: _Request, live: Object, why: str) -> None:
    """StatusError 500 for an object that does not fit; it has no managedFields, unless the schema changed."""
    try:
        check.fits(request.shape, live, allow_duplicates=True)
    except check.Misfit as misfit:
        shown = show_object(live, request.api_version, request.patch["kind"])
        raise StatusError(500, "", why.format(shown, misfit)) from None


def show_object(patch: Object, api_version: str, kind: str) -> str:
    """How errors name what was applied: `NAMESPACE/NAME; GROUP/VERSION, Kind=KIND`."""
    metadata = patch.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    space, name = (named.get(key) if isinstance(named.get(key), str) else "" for key in ("namespace", "name"))
    return f"{space}/{name}; {show_kind(api_version, kind)}"


def show_kind(api_version: str, kind: str) -> str:
    group, version = parse_group_version(api_version)
    return f"{group}/{version}, Kind={kind}"


def _without_managed_fields(live: Object) -> Object:
    metadata = live.get("metadata")
    if not metadata or "managedFields" not in metadata:
        return live
    return {**live, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}


def _with_managed_fields(new: Object, managed: list[Any]) -> Object:
    return {**new, "metadata": {**(new.get("metadata") or {}), "managedFields": managed}}


def _first_owner(request: _Request, live: Object, time: str, subresource: str) -> Managers:
    """An object that nobody owns gets an owner for all it holds, so that the first apply removes nothing."""
    fields = strip(request.change({}, live).own.changed)
    if not fields:
        return {}
    owner = entries.identify(BEFORE_FIRST_APPLY, "Update", request.api_version, subresource)
    return {owner: Owned(request.api_version, time, entries.ordered(fields))}


def _run(request: _Request, live: Object, managers: Managers, force: bool) -> tuple[Object | None, Managers]:
    """The new object (None when nothing changes) and its managers. ApplyConflict."""
    shape, own = request.shape, request.own
    if request.doubtful:
        managers = request.change(live, live).reconcile(managers)
    last = managers.get(own)
    fields = owned_through(collect.named(shape, request.patch), request.reset)
    managers = {**managers, own: Owned(request.api_version, last.time if last else "", fields)}
    new = merge.objects(shape, live, request.patch)
    if last is not None and difference(last.fields, fields):
        new = _prune(request, new, last, managers)
    change = request.change(live, new)
    found = conflicts(managers, change, own)
    if found and not force:
        raise ApplyConflict(found)
    managers = release(managers, change, but=own)
    mine = managers.pop(own, None)
    stripped = strip(mine.fields) if mine else {}
    if mine is not None and stripped:
        managers[own] = mine._replace(fields=entries.ordered(stripped))
    return (None if live == new else new), managers


def _prune(request: _Request, merged: Object, last: Owned, managers: Managers) -> Object:
    """Drops what the manager no longer names. (Nobody calls who names at least what he named before.)"""
    owned: dict[str, Fields] = {}
    for held in managers.values():
        owned[held.api_version] = union(owned.get(held.api_version, {}), held.fields)

    def seen(obj: Object, api_version: str) -> tuple[Object, Shape] | None:
        if request.convert is None or obj.get("apiVersion") == api_version:
            return obj, request.shape
        found = request.convert(obj, api_version)
        return None if found is None else (found[0], of_object(found[1]))

    return prune.pruned(merged, last, owned, seen, request.api_version)


def _last_applied(live: Object) -> str:
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(LAST_APPLIED)
    return text if isinstance(text, str) else ""


def _forgive(request: _Request, live: Object, conflict: ApplyConflict) -> None:
    """Fields that are as kubectl's client-side apply left them are no conflict for kubectl. Raises what
    remains."""
    try:
        last, _ = json_strict.loads(_last_applied(live).encode())
        config = json_strict.require_object(last)
        if config.get("apiVersion") != request.api_version:
            raise ValueError("another version")
        check.fits(request.shape, config)
    except ValueError:
        raise conflict from None
    difference_now = compare.objects(request.shape, config, live)
    allowed = collect.named(request.shape, config)
    allowed = difference(difference(allowed, difference_now.changed), difference_now.removed)
    left = {identity: difference(fields, allowed) for identity, fields in conflict.found.items()}
    left = {identity: fields for identity, fields in left.items() if fields}
    if left:
        raise ApplyConflict(left) from None


def _with_last_applied(new: Object, patch: Object) -> Object:
    """An object that kubectl once applied client-side gets its annotation brought up to date."""
    if not _last_applied(new):
        return new
    config = dict(patch)
    metadata = dict(config.get("metadata") or {})
    if isinstance(metadata.get("annotations"), dict):
        metadata["annotations"] = {k: v for k, v in metadata["annotations"].items() if k != LAST_APPLIED}
    config["metadata"] = metadata
    text = paths.encode_any(config) + "\n"
    annotations = {**new["metadata"]["annotations"], LAST_APPLIED: text}
    return {**new, "metadata": {**new["metadata"], "annotations": annotations}}
