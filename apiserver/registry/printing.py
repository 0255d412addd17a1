"""Table cells that several kinds share: ages, labels, containers, selectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ...apimachinery import duration
from ...apimachinery import labels as label_selectors
from ...apimachinery.clock import parse_rfc3339
from .resource import Column
from .strategy import Object

NONE = "<none>"
UNKNOWN = "<unknown>"
UNSET = "<unset>"


def since(timestamp: str | None, now: datetime) -> str:
    """How long ago a Time was, as kubectl shows it; `<unknown>` for none."""
    if not timestamp:
        return UNKNOWN
    return duration.human((now - parse_rfc3339(timestamp)).total_seconds())


def age(obj: Object, now: datetime) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def labels(pairs: Mapping[str, str] | None) -> str:
    """`a=1,b=2` in key order; `<none>` when empty."""
    if not pairs:
        return NONE
    return ",".join(f"{name}={pairs[name]}" for name in sorted(pairs))


CONTAINERS = Column("Containers", "string", "", "Names of each container in the template.", 1)
IMAGES = Column("Images", "string", "", "Images referenced by each container in the template.", 1)


def containers(spec: Object) -> tuple[str, str]:
    """Names and images of the containers, comma separated."""
    items: list[Any] = spec.get("containers") or []
    return ",".join(c.get("name", "") for c in items), ",".join(c.get("image", "") for c in items)


ACCESS_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def access_modes(modes: Iterable[str] | None) -> str:
    """`RWO,ROX,RWX,RWOP`, always in that order and without repetition."""
    given = set(modes or ())
    return ",".join(short for mode, short in ACCESS_MODES.items() if mode in given)


def terminating(obj: Object, phase: str) -> str:
    """The phase, or `Terminating` once deletion has begun."""
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else phase


def selector(value: Object | None) -> str:
    """A LabelSelector in its text form; `<none>` for an empty or missing one, `<error>` for a broken one."""
    if not value:
        return NONE
    try:
        return str(label_selectors.from_label_selector(value)) or NONE
    except ValueError:
        return "<error>"


def first(items: Iterable[str], limit: int, empty: str) -> str:
    """Up to `limit` items, comma separated, and how many more there are."""
    every = list(items)
    text = ",".join(every[:limit])
    if len(every) > limit:
        return f"{text} + {len(every) - limit} more..."
    return text or empty


def name_and_timestamp(obj: Object, now: datetime) -> list[Any]:
    """The cells of `(NAME, CREATED_AT)`."""
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp")]
