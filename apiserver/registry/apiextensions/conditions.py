"""The conditions in a CustomResourceDefinition's status, and the finalizer that waits for its instances."""

from __future__ import annotations

from ..strategy import Object

FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
ESTABLISHED, NAMES_ACCEPTED, TERMINATING = "Established", "NamesAccepted", "Terminating"


def condition(raw: Object, kind: str) -> Object | None:
    for found in (raw.get("status") or {}).get("conditions") or ():
        if found.get("type") == kind:
            out: Object = found
            return out
    return None


def holds(raw: Object, kind: str) -> bool:
    found = condition(raw, kind)
    return found is not None and found.get("status") == "True"


def with_condition(raw: Object, wanted: Object, now: str) -> None:
    """Sets a condition in place; its transition time moves only with its status."""
    conditions = raw.setdefault("status", {}).get("conditions") or []
    raw["status"]["conditions"] = conditions
    for i, old in enumerate(conditions):
        if old.get("type") == wanted["type"]:
            moved = old.get("status") != wanted["status"]
            conditions[i] = made(wanted, now if moved else old.get("lastTransitionTime", now))
            return
    conditions.append(made(wanted, now))


def made(wanted: Object, since: str) -> Object:
    return {
        "type": wanted["type"],
        "status": wanted["status"],
        "lastTransitionTime": since,
        "reason": wanted["reason"],
        "message": wanted["message"],
    }
