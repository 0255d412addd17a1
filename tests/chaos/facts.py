"""What the checks ask of single objects, and whose they are."""

from __future__ import annotations

from typing import Any

from tests.chaos.record import Record
from tests.chaos.things import RELEASED

Object = dict[str, Any]


def name_of(obj: Object) -> str:
    meta = obj["metadata"]
    return f"{obj['kind']} {meta.get('namespace', '')}/{meta['name']}"


def owned(world: Record, resource: str, owner: Object) -> list[Object]:
    """What `owner` controls."""
    uid = owner["metadata"]["uid"]
    return [obj for obj in world.objects(resource) if controller_of(obj) == uid]


def controller_of(obj: Object) -> str:
    """The uid of the controlling owner."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((str(r["uid"]) for r in references if r.get("controller")), "")


def ended(pod: Object) -> bool:
    return pod["status"].get("phase") in ("Succeeded", "Failed")


def is_released(pod: Object) -> bool:
    """Whether its owner is to let it go."""
    return bool(pod["metadata"].get("labels") == RELEASED)


def is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions") or ()
    return any((c["type"], c["status"]) == ("Ready", "True") for c in conditions)


def image_of(obj: Object) -> str:
    spec = obj["spec"].get("template", obj)["spec"]
    return str(spec["containers"][0]["image"])
