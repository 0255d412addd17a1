"""What happens to any object's metadata before it is created or updated (rest.BeforeCreate, BeforeUpdate)."""

from __future__ import annotations

from typing import Any

from ...apimachinery import errors, jsonio, names, strconv
from ...apimachinery.clock import rfc3339
from ...apimachinery.field import FieldError
from ..registry.defaults.gated import drop_gated_in
from ..registry.strategy import Context, Object, Strategy
from ..registry.validation.metadata import (
    validate_common_update,
    validate_object_meta,
    validate_object_meta_update,
)
from .scope import Scope
from .server import Server

META_ORDER = ("name", "generateName", "namespace", "uid")
META_REST = (
    "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels",
    "annotations", "ownerReferences", "finalizers", "managedFields",
)  # fmt: skip
"""Upstream's order, which shows where an error quotes an object."""
NOT_BY_STATUS = ("labels", "annotations", "finalizers", "ownerReferences")
"""Upstream's ResetObjectMetaForStatus."""
UINT64 = 2**64


def ordered(obj: Object) -> Object:
    """The object with kind, apiVersion and metadata first and `resourceVersion: ""` where the store puts the
    revision: before any user-chosen key of metadata."""
    meta = obj["metadata"]
    head: dict[str, Any] = {key: meta[key] for key in META_ORDER if key in meta}
    head["resourceVersion"] = ""
    for key in META_REST:
        if key in meta:
            head[key] = meta[key]
    for key, value in meta.items():
        if key not in head:
            head[key] = value
    out: Object = {"kind": obj["kind"], "apiVersion": obj["apiVersion"], "metadata": head}
    for key, value in obj.items():
        if key not in out:
            out[key] = value
    return out


def dedup_owners(meta: Object, *, after_admission: bool = False) -> list[str]:
    """Drops owner references given twice, in place; the warning that says so, and that admission gave
    them."""
    owners = meta.get("ownerReferences")
    if not owners or len(owners) < 2:
        return []
    kept: dict[str, Object] = {}
    repeated: dict[str, None] = {}
    for owner in owners:
        text = repr(sorted(owner.items()))
        if text in kept:
            repeated[owner.get("uid", "")] = None
        kept[text] = owner
    if not repeated:
        return []
    meta["ownerReferences"] = list(kept.values())
    when = " after mutating admission happens" if after_admission else ""
    return [
        f".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in "
        "1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) "
        "observed: " + ", ".join(repeated)
    ]


def before_create(server: Server, scope: Scope, ctx: Context, obj: Object, namespace: str) -> None:
    """System metadata, the strategy's preparation, validation. Raises 422."""
    meta = obj["metadata"]
    for key in ("resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        meta.pop(key, None)
    if scope.namespaced:
        meta["namespace"] = namespace
    else:
        meta.pop("namespace", None)
    meta["uid"] = server.new_uid()
    meta["creationTimestamp"] = rfc3339(ctx.now)
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = names.generate(meta["generateName"], server.rng)
    if scope.strategy.has_status and not scope.strategy.keeps_new_status:
        reset_status(scope, obj, None)
    if scope.strategy.pod_spec:
        drop_gated_in(obj, scope.strategy.pod_spec)
    scope.strategy.prepare_create(ctx, obj)
    if scope.strategy.tracks_generation:
        meta["generation"] = 1
    problems = meta_errors(scope, obj) + scope.strategy.validate_create(ctx, obj)
    if problems:
        raise refused(scope, obj, problems)
    settle_empty(scope, obj)


def refuse_version(given: str) -> None:
    """As upstream's store does: last of all, and not of what is no number. Raises 500."""
    if 0 < (strconv.magnitude(given) or 0) < UINT64:
        raise errors.StatusError(500, "", "resourceVersion should not be set on objects to be created")


def settle_empty(scope: Scope, obj: Object) -> None:
    """Makes null of the empty lists whose being given has been noted by now; in place."""
    for *parents, name in scope.strategy.emptied:
        holder: Any = obj
        for parent in parents:
            holder = holder.get(parent) or {}
        if name in holder and not holder[name]:
            holder[name] = None


def meta_errors(scope: Scope, obj: Object) -> list[FieldError]:
    naming, known = scope.strategy.naming(obj), scope.strategy.known_finalizers
    return validate_object_meta(obj["metadata"], scope.namespaced, naming, known_finalizers=known)


def reset_status(scope: Scope, obj: Object, old: Object | None) -> None:
    """Status is the status subresource's: the old one, or the empty one Go always writes."""
    if old is not None and "status" in old:
        obj["status"] = old["status"]
    elif "status" in scope.node.presence:
        obj["status"] = jsonio.clone(scope.node.presence["status"])
    else:
        obj.pop("status", None)


def parse_resource_version(text: str | None) -> int:
    """0 for none. 500 with Go's text for garbage, as upstream answers."""
    if not text:
        return 0
    try:
        return strconv.parse_uint(text)
    except ValueError as error:
        raise errors.StatusError(500, "", str(error)) from None


def before_update(scope: Scope, ctx: Context, new: Object, old: Object) -> None:
    """Keeps system metadata, runs the strategy's preparation, counts the generation, validates. Raises
    422."""
    meta, was = new["metadata"], old["metadata"]
    for key in ("creationTimestamp", "deletionTimestamp", "resourceVersion"):
        if key in was:
            meta[key] = was[key]
    if "deletionGracePeriodSeconds" in was:
        meta.setdefault("deletionGracePeriodSeconds", was["deletionGracePeriodSeconds"])
    if not meta.get("uid"):
        meta["uid"] = was["uid"]
    meta.pop("selfLink", None)
    if "generation" in was:
        meta["generation"] = was["generation"]
    else:
        meta.pop("generation", None)
    if scope.namespaced:
        meta["namespace"] = was["namespace"]
    else:
        meta.pop("namespace", None)
    strategy = scope.strategy
    if ctx.subresource in strategy.status_subresources:
        keep_all_but_status(new, old)
        keep_metadata(strategy, meta, was)
        strategy.prepare_status(ctx, new, old)
    else:
        if strategy.has_status and ctx.subresource not in strategy.server_subresources:
            reset_status(scope, new, old)
        if strategy.pod_spec:
            drop_gated_in(new, strategy.pod_spec)
        strategy.prepare_update(ctx, new, old)
    settle_empty(scope, new)
    uncounted = strategy.status_subresources | strategy.server_subresources
    if (
        strategy.tracks_generation
        and ctx.subresource not in uncounted
        and desired_changed(strategy, new, old)
    ):
        meta["generation"] = was.get("generation", 0) + 1
    problems = update_errors(scope, ctx, new, old)
    if problems:
        raise refused(scope, new, problems)


def update_errors(scope: Scope, ctx: Context, new: Object, old: Object) -> list[FieldError]:
    meta, was = new["metadata"], old["metadata"]
    known = scope.strategy.known_finalizers
    problems = validate_common_update(meta, was, scope.namespaced)
    if ctx.subresource in scope.strategy.status_subresources:
        return (
            problems
            + validate_object_meta_update(meta, was, known_finalizers=known)
            + scope.strategy.validate_status(ctx, new, old)
        )
    for check in scope.strategy.metadata_checks:
        problems += (
            meta_errors(scope, new)
            if check == "create"
            else validate_object_meta_update(meta, was, known_finalizers=known)
        )
    return problems + scope.strategy.validate_update(ctx, new, old)


def keep_all_but_status(new: Object, old: Object) -> None:
    for key in [k for k in new if k not in ("metadata", "status", "kind", "apiVersion")]:
        if key not in old:
            del new[key]
    for key, value in old.items():
        if key not in ("metadata", "status"):
            new[key] = value


def keep_metadata(strategy: Strategy, meta: Object, was: Object) -> None:
    """What the kind's status subresource cannot set of metadata stays as it `was`."""
    for path in strategy.status_resets:
        head, _, name = path.partition(".")
        if head != "metadata":
            continue
        for key in (name,) if name else NOT_BY_STATUS:
            if key in was:
                meta[key] = jsonio.clone(was[key])
            else:
                meta.pop(key, None)


def refused(scope: Scope, obj: Object, problems: list[FieldError]) -> errors.StatusError:
    """422. A custom resource is called by its own type, which may be what is wrong with it."""
    group, kind = scope.invalid_group, scope.kind
    if scope.custom:
        group, kind = str(obj.get("apiVersion") or "").rpartition("/")[0], obj.get("kind") or ""
    return errors.invalid(group, kind, obj["metadata"].get("name", ""), problems)


def desired_changed(strategy: Strategy, new: Object, old: Object) -> bool:
    """Whether anything differs that makes a new generation."""
    skip = strategy.generation_skips
    return any(new.get(k) != old.get(k) for k in new.keys() | old.keys() if k not in skip)
