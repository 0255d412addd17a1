"""Creating and updating objects: admission, strategy, validation, compare-and-swap.

The verbs, the subresources and the server's own bootstrap all write through here (genericregistry.Store).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from ...apimachinery import errors, field, names
from ...apimachinery.clock import rfc3339
from ..registry.strategy import Context, Object, Strategy, User
from ..storage.contract import KeyExists, KeyMissing, RevisionConflict
from ..storage.entry import Entry
from . import managed, prepare
from .admit import Admission, Review
from .exchange import Request
from .options import WriteOptions
from .scope import Scope
from .server import Server

NAME_TRIES = 8


class Written(NamedTuple):
    """What a write gave: the object as its clients see it, its entry (None for a dry run), and notes."""

    obj: Object
    entry: Entry | None
    created: bool
    warnings: list[str]


class Write(NamedTuple):
    """Who writes what, where and how."""

    user: User
    namespace: str
    name: str
    manager: str
    dry_run: bool = False
    subresource: str = ""
    options: dict[str, Any] = {}
    whole: bool = False
    """The client sent the whole object (PUT): a uid in it must be the stored one's."""
    review: Review | None = None
    """Who admits an update instead of the object's own plug-ins (a Scale's, a Binding's)."""


def asked(request: Request, options: WriteOptions, manager: str, *, whole: bool = False) -> Write:
    """What a request wants to write, in the name of `manager`."""
    info = request.info
    given = options.given()
    return Write(
        request.user, info.namespace, info.name, manager, options.dry_run, info.subresource, given, whole
    )


Change = Callable[[Object], Awaitable[Object]]


async def create(
    server: Server, scope: Scope, write: Write, obj: Object, *, recorded: bool = False
) -> Written:
    """A new object through admission and strategy into the store; `recorded` says that it carries its
    managedFields already. Raises StatusError."""
    ctx = server.context(write.user, "create", dry_run=write.dry_run)
    meta = obj.setdefault("metadata", {})
    if scope.namespaced:
        meta["namespace"] = write.namespace
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        meta.pop(key, None)
    notes = prepare.dedup_owners(meta)
    _check_open(scope, meta)
    if not recorded:
        await managed.settled(scope, None, obj, manager=write.manager, now=rfc3339(ctx.now))
    admission = Admission(
        server,
        scope,
        write.user,
        "CREATE",
        namespace=write.namespace,
        name=meta.get("name", ""),
        dry_run=write.dry_run,
        options=write.options,
    )
    warnings = admission.warnings
    warnings += notes
    try:
        await admission.mutate(obj, None)
        meta = _in_namespace(scope, write, obj)
        generated = not meta.get("name") and bool(meta.get("generateName"))
        version = meta.get("resourceVersion")
        try:
            prepare.before_create(server, scope, ctx, obj, write.namespace)
        finally:
            warnings += ctx.notes or ()
        warnings += scope.strategy.warnings(ctx, obj, None)
        await admission.validate(obj, None)
        if version:
            if not write.dry_run:
                prepare.refuse_version(version)
            obj["metadata"]["resourceVersion"] = version
        undo = scope.strategy.allocate(ctx, obj, None)
        try:
            if scope.strategy.reserves and not write.dry_run:
                await scope.strategy.reserve(ctx, obj)
            return await _store_new(server, scope, write, obj, generated, warnings)
        except BaseException:
            undo()
            raise
    except errors.StatusError as error:
        error.warnings += warnings
        raise


def _warned(strategy: Strategy, ctx: Context, new: Object, old: Object) -> list[str]:
    if ctx.subresource in strategy.status_subresources:
        return strategy.status_warnings(ctx, new, old)
    return strategy.warnings(ctx, new, old)


def _check_open(scope: Scope, meta: Object) -> None:
    """403 when what is created now would outlive its definition."""
    if scope.closing:
        why = "create not allowed while custom resource definition is terminating"
        raise errors.forbidden(scope.group, scope.plural, meta.get("name", ""), why)


def _in_namespace(scope: Scope, write: Write, obj: Object) -> Object:
    """The object's metadata, once admission left it in the namespace of the request. 400."""
    meta: Object = obj["metadata"]
    if scope.namespaced and (meta.get("namespace") or write.namespace) != write.namespace:
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    return meta


async def _store_new(
    server: Server, scope: Scope, write: Write, obj: Object, generated: bool, warnings: list[str]
) -> Written:
    tries = NAME_TRIES if generated else 1
    for attempt in range(tries):
        stored = prepare.ordered(await encoded(scope, obj))
        meta = stored["metadata"]
        name = meta["name"]
        # Admission and conversion may have taken long.
        _check_open(scope, meta)
        try:
            if write.dry_run:
                if scope.cache.get(write.namespace, name) is not None:
                    raise KeyExists(name)
                meta["resourceVersion"] = obj["metadata"].get("resourceVersion")
                if meta["resourceVersion"] is None:
                    del meta["resourceVersion"]
                return Written(await decoded(scope, stored), None, True, warnings)
            entry = await scope.cache.create(write.namespace, name, stored, ttl=scope.strategy.ttl)
            if scope.views is not None:
                entry = await scope.seen(entry)
            return Written(scope.from_storage(entry.obj), entry, True, warnings)
        except KeyExists:
            if attempt + 1 == tries:
                raise _exists(scope, write.namespace, meta) from None
            obj["metadata"]["name"] = names.generate(obj["metadata"]["generateName"], server.rng)
    raise AssertionError("unreachable")


async def encoded(scope: Scope, obj: Object) -> Object:
    """The object as it is stored."""
    return scope.to_storage(obj) if scope.encode is None else await scope.encode(obj)


async def decoded(scope: Scope, stored: Object) -> Object:
    """What was not stored after all (a dry run), as a reader would have seen it."""
    if scope.views is None:
        return scope.from_storage(stored)
    return (await scope.seen(Entry("", stored, b"", 0))).obj


def _exists(scope: Scope, namespace: str, meta: Object) -> errors.StatusError:
    """409, which a client that gave a generateName may well try again."""
    name = meta["name"]
    error = errors.already_exists(scope.group, scope.plural, name)
    if meta.get("generateName"):
        error.message += ", the server was not able to generate a unique name for the object"
        error.details = {**(error.details or {}), "retryAfterSeconds": 1}
        error.headers["Retry-After"] = "1"
    entry = scope.cache.get(namespace, name)
    if entry is not None and entry.obj["metadata"].get("deletionTimestamp"):
        error.message = f"object is being deleted: {error.message}"
    return error


async def update(
    server: Server,
    scope: Scope,
    write: Write,
    change: Change,
    *,
    create_from: Callable[[], Awaitable[Object]] | None = None,
    recorded: bool = False,
) -> Written:
    """Read, change, compare-and-swap; again when somebody else was faster (a change that names a
    resourceVersion is refused then).

    `change` receives the current object (not to be modified) and gives the new one, typed and defaulted, with
    its managedFields recorded. `create_from` makes the object when there is none and the kind allows it;
    `recorded` says that it does so with its managedFields.
    """
    while True:
        entry = scope.cache.get(write.namespace, write.name)
        if entry is None:
            if create_from is None:
                raise errors.not_found(scope.group, scope.plural, write.name)
            return await create(server, scope, write, await create_from(), recorded=recorded)
        try:
            return await _replace(server, scope, write, entry, change)
        except RevisionConflict:
            continue
        except KeyMissing:
            raise errors.not_found(scope.group, scope.plural, write.name) from None


async def _replace(server: Server, scope: Scope, write: Write, entry: Entry, change: Change) -> Written:
    seen = entry if scope.views is None else await scope.seen(entry)
    old = scope.from_storage(seen.obj)
    new = await change(old)
    notes = prepare.dedup_owners(new["metadata"])
    ctx = server.context(
        write.user, "update", dry_run=write.dry_run, subresource=write.subresource, options=write.options
    )
    admission = write.review or Admission(
        server,
        scope,
        write.user,
        "UPDATE",
        namespace=write.namespace,
        name=write.name,
        subresource=write.subresource,
        dry_run=write.dry_run,
        options=write.options,
    )
    warnings = admission.warnings
    warnings += notes
    try:
        await admission.mutate(new, old)
        _in_namespace(scope, write, new)
        _check_preconditions(scope, write, new, old)
        prepare.before_update(scope, ctx, new, old)
        warnings += [*(ctx.notes or ()), *_warned(scope.strategy, ctx, new, old)]
        await admission.validate(new, old)
        undo = scope.strategy.allocate(ctx, new, old)
        try:
            if scope.strategy.reserves and not write.dry_run:
                await scope.strategy.reserve(ctx, new)
            return await _store_changed(ctx, scope, write, entry, seen, new, old, warnings)
        except BaseException:
            undo()
            raise
    except errors.StatusError as error:
        error.warnings += warnings
        raise


def check_uid(scope: Scope, write: Write, new: Object, was: Object) -> None:
    """A whole object that names a uid replaces that object only; `was` is the stored metadata. 409."""
    uid = new["metadata"].get("uid")
    if not write.whole or not uid or uid == was.get("uid"):
        return
    raise not_that_one(scope, write.namespace, write.name, "UID", uid, was.get("uid", ""))


def not_that_one(
    scope: Scope, namespace: str, name: str, what: str, wanted: str, has: str
) -> errors.StatusError:
    """What the storage says when the object is another one, or in another state, than the writer names."""
    key = f"/registry/{scope.resource.storage_path}/" + "/".join(filter(None, (namespace, name)))
    return errors.conflict(
        scope.group,
        scope.plural,
        name,
        f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {has}",
    )


def _check_preconditions(scope: Scope, write: Write, new: Object, old: Object) -> None:
    """uid and resourceVersion that the new object names must be the current ones. 409, or 422 for a missing
    one."""
    meta, was = new["metadata"], old["metadata"]
    check_uid(scope, write, new, was)
    version = prepare.parse_resource_version(meta.get("resourceVersion"))
    if version == 0:
        if not scope.strategy.allow_unconditional_update:
            problem = field.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise errors.invalid(scope.group, scope.plural, write.name, [problem])
    elif str(version) != was["resourceVersion"]:
        raise errors.modified(scope.group, scope.plural, write.name)


async def _store_changed(
    ctx: Context,
    scope: Scope,
    write: Write,
    entry: Entry,
    seen: Entry,
    new: Object,
    old: Object,
    warnings: list[str],
) -> Written:
    """`entry` is what is stored, `seen` the same in the version of the request."""
    meta = new["metadata"]
    meta["resourceVersion"] = old["metadata"]["resourceVersion"]
    gone = deletes(scope, new, old)
    if new == old and not gone and not await _outdated(scope, entry, seen, new):
        return Written(old, seen, False, warnings)
    stored = prepare.ordered(await encoded(scope, new))
    if write.dry_run:
        stored["metadata"]["resourceVersion"] = meta["resourceVersion"]
        return Written(await decoded(scope, stored), None, False, warnings)
    if gone:
        removed = await scope.cache.delete(write.namespace, write.name, expected=entry.revision)
        scope.strategy.deleted(ctx, old)
        meta["resourceVersion"] = str(removed.revision)
        return Written(new, None, False, warnings)
    changed = await scope.cache.update(
        write.namespace, write.name, stored, expected=entry.revision, ttl=scope.strategy.ttl
    )
    if scope.views is not None:
        changed = await scope.seen(changed)
    return Written(scope.from_storage(changed.obj), changed, False, warnings)


async def _outdated(scope: Scope, entry: Entry, seen: Entry, new: Object) -> bool:
    """Whether an unchanged object is stored in another form than it would be today: then it is written."""
    if scope.encode is None or (seen is entry and not scope.several):
        return False
    return await encoded(scope, new) != entry.obj


def deletes(scope: Scope, new: Object, old: Object) -> bool:
    """Whether this update removes the last thing a deletion waited for (ShouldDeleteDuringUpdate)."""
    meta, pending = new["metadata"], scope.strategy.pending
    if not meta.get("deletionTimestamp") or meta.get("finalizers") or pending(new):
        return False
    held = bool(old["metadata"].get("finalizers")) or pending(old)
    return held and not meta.get("deletionGracePeriodSeconds")
