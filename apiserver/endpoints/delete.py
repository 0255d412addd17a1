"""Deleting objects: preconditions, graceful periods, finalizers and propagation (rest.BeforeDelete,
Store.Delete)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...apimachinery import errors
from ...apimachinery.clock import parse_rfc3339, rfc3339
from ..registry.strategy import Context, Object, Strategy, User
from ..storage.contract import KeyMissing, RevisionConflict
from ..storage.entry import Entry
from . import prepare
from .admit import Admission, Review
from .scope import Scope
from .server import Server

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"


class Deleted(NamedTuple):
    """`immediate`: the object is gone; else it waits for its finalizers or its grace period."""

    obj: Object
    entry: Entry | None
    immediate: bool
    warnings: tuple[str, ...] = ()


async def delete(
    server: Server,
    scope: Scope,
    user: User,
    namespace: str,
    name: str,
    options: dict[str, Any],
    *,
    review: Review | None = None,
) -> Deleted:
    """Deletes one object as `options` (DeleteOptions) say, admitted by its own plug-ins or by `review`.
    Raises StatusError: 404, 409, 422."""
    dry_run = bool(options.get("dryRun"))
    ctx = server.context(user, "delete", dry_run=dry_run, options=options)
    admission = review or Admission(
        server, scope, user, "DELETE", namespace=namespace, name=name, dry_run=dry_run, options=options
    )
    while True:
        entry = scope.cache.get(namespace, name)
        if entry is None:
            raise errors.not_found(scope.group, scope.plural, name)
        check_preconditions(scope, name, options, entry)
        seen = entry if scope.views is None else await scope.seen(entry)
        shown = scope.from_storage(seen.obj)
        if review is None and isinstance(admission, Admission):
            admission.show_options(_settled(scope.strategy, ctx, shown, options))
        await _admit(admission, shown)
        try:
            done = await _delete_entry(server, scope, ctx, namespace, name, options, entry)
        except RevisionConflict:
            continue
        except KeyMissing:
            raise errors.not_found(scope.group, scope.plural, name) from None
        if admission.warnings:
            done = done._replace(warnings=tuple(admission.warnings))
        # Of an object that is gone only the uid is told.
        return done if scope.views is None or done.immediate else await _as_seen(scope, done)


def _settled(strategy: Strategy, ctx: Context, obj: Object, options: dict[str, Any]) -> dict[str, Any]:
    """The options as plug-ins see them: with the grace period and the precondition that deletion goes by."""
    meta = obj["metadata"]
    if strategy.own_deletion:
        return {**options, "preconditions": {"uid": meta["uid"], **(options.get("preconditions") or {})}}
    grace = strategy.grace_period(ctx, obj, options.get("gracePeriodSeconds"))
    if grace is None or "deletionTimestamp" in meta:
        return options
    return {**options, "gracePeriodSeconds": grace}


async def _admit(admission: Review, old: Object) -> None:
    try:
        await admission.mutate(None, old)
        await admission.validate(None, old)
    except errors.StatusError as error:
        error.warnings += admission.warnings
        raise


async def _as_seen(scope: Scope, done: Deleted) -> Deleted:
    """The outcome in the version of the request."""
    meta = done.obj["metadata"]
    entry = done.entry or Entry(scope.cache.key(meta.get("namespace", ""), meta["name"]), done.obj, b"", 0)
    seen = await scope.seen(entry)
    return Deleted(seen.obj, done.entry and seen, done.immediate)


def check_preconditions(scope: Scope, name: str, options: dict[str, Any], entry: Entry) -> None:
    wanted = options.get("preconditions") or {}
    meta = entry.obj["metadata"]
    for key, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        value = wanted.get(key)
        if value is not None and value != meta.get(key):
            if scope.strategy.own_deletion:
                why = (
                    f"Precondition failed: {label} in precondition: {value}, "
                    f"{label} in object meta: {meta.get(key, '')}"
                )
                raise errors.conflict(scope.group, scope.plural, name, why)
            raise errors.conflict(
                scope.group,
                scope.kind,
                name,
                f"the {label} in the precondition ({value}) does not match the {label} in record "
                f"({meta.get(key, '')}). The object might have been deleted and then recreated"
                if key == "uid"
                else f"the {label} in the precondition ({value}) does not match the {label} in record "
                f"({meta.get(key, '')}). The object might have been modified",
            )


async def _delete_entry(
    server: Server,
    scope: Scope,
    ctx: Context,
    namespace: str,
    name: str,
    options: dict[str, Any],
    entry: Entry,
) -> Deleted:
    obj = scope.from_storage(entry.obj)
    grace = scope.strategy.grace_period(ctx, obj, options.get("gracePeriodSeconds"))
    own = scope.strategy.own_deletion
    first = own and not obj["metadata"].get("deletionTimestamp")
    if own and not first and scope.strategy.pending(obj):
        return Deleted(obj, entry, False)
    finalizers = _finalizers(scope.strategy, obj, options, first)
    waits = bool(finalizers) or bool(grace) or scope.strategy.pending(obj)
    if ctx.dry_run and not waits:
        marked = _to_mark(entry)
        if grace is not None:
            mark(marked, ctx, grace, [])
        return Deleted(scope.from_storage(marked), None, True)
    if not waits:
        if grace is not None:
            entry = await _marked_first(scope, ctx, namespace, name, entry, grace)
        gone = await scope.cache.delete(namespace, name, expected=entry.revision)
        scope.strategy.deleted(ctx, obj)
        return Deleted(scope.from_storage(gone.obj), gone, True)
    marked = _to_mark(entry)
    if not mark(marked, ctx, grace, finalizers, bare=first):
        return Deleted(obj, entry, False)
    if first or not own:
        scope.strategy.prepare_delete(ctx, marked)
    if ctx.dry_run:
        return Deleted(scope.from_storage(marked), None, False)
    changed = await scope.cache.update(
        namespace, name, prepare.ordered(marked), expected=entry.revision, ttl=scope.strategy.ttl
    )
    return Deleted(scope.from_storage(changed.obj), changed, False)


async def _marked_first(
    scope: Scope, ctx: Context, namespace: str, name: str, entry: Entry, grace: int
) -> Entry:
    """Kinds with graceful deletion are marked even when they go at once: watches see both."""
    marked = _to_mark(entry)
    if not mark(marked, ctx, grace, []):
        return entry
    return await scope.cache.update(namespace, name, prepare.ordered(marked), expected=entry.revision)


def _to_mark(entry: Entry) -> Object:
    """With metadata of its own; the rest is shared with what is stored."""
    return {**entry.obj, "metadata": {**entry.obj["metadata"]}}


def _finalizers(strategy: Strategy, obj: Object, options: dict[str, Any], first: bool) -> list[str]:
    """Those that the object has once it is deleted."""
    present: list[str] = obj["metadata"].get("finalizers") or []
    if first and not strategy.heeds_policy:
        return present
    return wanted_finalizers(present, options, orphans=strategy.orphans_by_default)


def wanted_finalizers(present: list[str], options: dict[str, Any], *, orphans: bool = False) -> list[str]:
    """The finalizers after the propagation policy had its say. Without a policy they stay as they are, but
    for kinds that orphan by default."""
    policy = options.get("propagationPolicy")
    if policy is None and options.get("orphanDependents") is not None:
        policy = "Orphan" if options["orphanDependents"] else "Background"
    if policy is None and orphans and not {ORPHAN, FOREGROUND}.intersection(present):
        policy = "Orphan"
    if policy is None:
        return present
    added = {"Orphan": [ORPHAN], "Foreground": [FOREGROUND]}.get(policy, [])
    if {ORPHAN, FOREGROUND}.intersection(present) == set(added):
        return present
    return [f for f in present if f not in (ORPHAN, FOREGROUND)] + added


def mark(obj: Object, ctx: Context, grace: int | None, finalizers: list[str], *, bare: bool = False) -> bool:
    """Sets deletionTimestamp, grace period and finalizers in the metadata. False when that changes nothing.

    A second delete may only shorten the grace period. `bare`: neither grace period nor new generation.
    """
    meta = obj["metadata"]
    before = (
        meta.get("deletionTimestamp"),
        meta.get("deletionGracePeriodSeconds"),
        meta.get("finalizers", []),
    )
    seconds = grace or 0
    if meta.get("deletionTimestamp"):
        current = meta.setdefault("deletionGracePeriodSeconds", 0)
        if seconds < current:
            deadline = parse_rfc3339(meta["deletionTimestamp"]).timestamp() - current + seconds
            meta["deletionTimestamp"] = rfc3339(ctx.now.fromtimestamp(deadline, ctx.now.tzinfo))
            meta["deletionGracePeriodSeconds"] = seconds
    else:
        meta["deletionTimestamp"] = rfc3339(
            ctx.now.fromtimestamp(ctx.now.timestamp() + seconds, ctx.now.tzinfo)
        )
        if not bare:
            meta["deletionGracePeriodSeconds"] = seconds
            if "generation" in meta:
                meta["generation"] += 1
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)
    after = (
        meta.get("deletionTimestamp"),
        meta.get("deletionGracePeriodSeconds"),
        meta.get("finalizers", []),
    )
    return before != after
