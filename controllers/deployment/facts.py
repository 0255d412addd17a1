"""Arithmetic and annotations of a Deployment and its ReplicaSets; nothing here reads or writes the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...apimachinery import intstr, jsonio
from ...apimachinery.clock import parse_rfc3339
from ...apimachinery.gvk import GroupVersionKind

Object = dict[str, Any]
KIND = GroupVersionKind("apps", "v1", "Deployment")
RS_KIND = GroupVersionKind("apps", "v1", "ReplicaSet")

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
        "deprecated.deployment.rollback.to",
    }
)
NO_LIMIT = 2**31 - 1


def replicas(obj: Object) -> int:
    """`spec.replicas` of a Deployment or ReplicaSet."""
    value = obj["spec"].get("replicas")
    return 1 if value is None else int(value)


def status_count(obj: Object, field: str) -> int:
    return int(obj.get("status", {}).get(field, 0))


def notes(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def noted(rs: Object, note: str) -> int | None:
    """The number in an annotation; None for another text, which anybody may have written."""
    text = notes(rs).get(note, "")
    return int(text) if text.isascii() and text.isdigit() else None


def revision(rs: Object) -> int:
    return noted(rs, REVISION) or 0


def total(sets: Iterable[Object]) -> int:
    return sum(replicas(rs) for rs in sets)


def available(rs: Object) -> int:
    """Pods that may be relied upon: a status from before scaling down still counts some that are going."""
    return min(status_count(rs, "availableReplicas"), replicas(rs))


def total_status(sets: Iterable[Object], field: str) -> int:
    return sum(status_count(rs, field) for rs in sets)


def active(sets: Iterable[Object]) -> list[Object]:
    return [rs for rs in sets if replicas(rs) > 0]


def oldest_first(sets: Iterable[Object]) -> list[Object]:
    return sorted(sets, key=_age)


def _age(rs: Object) -> tuple[float, str]:
    meta = rs["metadata"]
    return parse_rfc3339(meta["creationTimestamp"]).timestamp(), meta["name"]


def by_size(sets: Iterable[Object], *, newer_first: bool) -> list[Object]:
    """Largest first; of equal ones the newer or the older first."""
    sign = -1 if newer_first else 1
    return sorted(sets, key=lambda rs: (-replicas(rs), sign * _age(rs)[0], rs["metadata"]["name"]))


def is_rolling(d: Object) -> bool:
    return bool(d["spec"].get("strategy", {}).get("type", "RollingUpdate") == "RollingUpdate")


def _fences(d: Object) -> tuple[int, int]:
    """Surge and unavailability in pods. Both zero would never move, so one may then be unavailable."""
    rolling = d["spec"].get("strategy", {}).get("rollingUpdate") or {}
    surge = intstr.scaled(rolling.get("maxSurge", 0), replicas(d), True)
    unavailable = intstr.scaled(rolling.get("maxUnavailable", 0), replicas(d), False)
    return surge, 1 if surge == 0 and unavailable == 0 else unavailable


def max_surge(d: Object) -> int:
    return _fences(d)[0] if is_rolling(d) else 0


def max_unavailable(d: Object) -> int:
    if not is_rolling(d) or replicas(d) == 0:
        return 0
    return min(_fences(d)[1], replicas(d))


def has_deadline(d: Object) -> bool:
    value = d["spec"].get("progressDeadlineSeconds")
    return value is not None and value != NO_LIMIT


def new_size(d: Object, sets: Sequence[Object], new: Object) -> int:
    """How many replicas the new ReplicaSet may have now."""
    if not is_rolling(d):
        return replicas(d)
    room = replicas(d) + max_surge(d) - total(sets)
    if room <= 0:
        return replicas(new)
    return replicas(new) + min(room, replicas(d) - replicas(new))


def bare_template(template: Object) -> Object:
    """The template without the hash label, to compare with the Deployment's."""
    meta = dict(template.get("metadata") or {})
    meta["labels"] = {k: v for k, v in (meta.get("labels") or {}).items() if k != HASH_LABEL}
    return {**template, "metadata": {k: v for k, v in meta.items() if v}}


def same_template(d: Object, rs: Object) -> bool:
    return bare_template(d["spec"]["template"]) == bare_template(rs["spec"]["template"])


def find_new(d: Object, sets: Iterable[Object]) -> Object | None:
    """The ReplicaSet of the current template; the oldest when several are."""
    for rs in oldest_first(sets):
        if same_template(d, rs):
            return rs
    return None


def set_size_annotations(rs: Object, d: Object) -> bool:
    """Notes on `rs` how large the Deployment is now; whether that changed anything."""
    wanted = {DESIRED: str(replicas(d)), MAXIMUM: str(replicas(d) + max_surge(d))}
    have = notes(rs)
    if all(have.get(key) == value for key, value in wanted.items()):
        return False
    rs["metadata"]["annotations"] = {**have, **wanted}
    return True


def set_new_annotations(d: Object, rs: Object, new_revision: int, *, exists: bool) -> bool:
    """Copies the Deployment's annotations to its new ReplicaSet, raises the revision; whether it changed."""
    have = dict(notes(rs))
    fresh = {**have, **{k: v for k, v in notes(d).items() if k not in NOT_COPIED}}
    old = fresh.get(REVISION, "")
    if revision(rs) < new_revision:
        fresh[REVISION] = str(new_revision)
        if old:
            fresh[REVISION_HISTORY] = _history(fresh.get(REVISION_HISTORY, ""), old)
    changed = fresh != have
    rs["metadata"]["annotations"] = fresh
    if not exists and set_size_annotations(rs, d):
        changed = True
    return changed


def _history(history: str, old: str) -> str:
    """The list of earlier revisions, cut at the front to at most 2,000 characters."""
    entries = [*history.split(","), old] if history else [old]
    while len(entries) > 1 and len(",".join(entries)) > 2000:
        entries.pop(0)
    return ",".join(entries)


def proportion(d: Object, rs: Object, to_add: int, added: int) -> int:
    """The share of `to_add` replicas (may be negative) that falls to `rs`."""
    if replicas(rs) == 0 or to_add == 0 or to_add == added:
        return 0
    share, allowed = _fraction(d, rs), to_add - added
    return min(share, allowed) if to_add > 0 else max(share, allowed)


def _fraction(d: Object, rs: Object) -> int:
    if replicas(d) == 0:
        return -replicas(rs)
    before = noted(rs, MAXIMUM) or status_count(d, "replicas")
    if before == 0:
        return 0
    exact = replicas(rs) * (replicas(d) + max_surge(d)) / before
    return int(exact + 0.5) - replicas(rs)


def is_saturated(d: Object, rs: Object | None) -> bool:
    """Whether the new ReplicaSet alone is all that the Deployment wants."""
    if rs is None or noted(rs, DESIRED) != replicas(d):
        return False
    return replicas(rs) == replicas(d) and status_count(rs, "availableReplicas") == replicas(d)


def copy(obj: Object) -> Object:
    """A copy that may be changed; cached objects may not."""
    return jsonio.clone(obj)  # type: ignore[no-any-return]
