"""From the FlowSchemas and PriorityLevelConfigurations to schemas in order and levels with seats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..registry.strategy import Object
from .borrowing import divide
from .level import Flow, Level, Shape
from .statistics import FlowCounts

EXEMPT, CATCH_ALL = "exempt", "catch-all"
SCHEMA_HEADER = b"x-kubernetes-pf-flowschema-uid"
LEVEL_HEADER = b"x-kubernetes-pf-prioritylevel-uid"
EVERYTHING = {
    "resourceRules": [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
    ],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
}


def _group(name: str) -> Object:
    return {"kind": "Group", "group": {"name": name}}


MANDATORY_SCHEMAS: dict[str, Object] = {
    EXEMPT: {
        "priorityLevelConfiguration": {"name": EXEMPT},
        "matchingPrecedence": 1,
        "rules": [{"subjects": [_group("system:masters")], **EVERYTHING}],
    },
    CATCH_ALL: {
        "priorityLevelConfiguration": {"name": CATCH_ALL},
        "matchingPrecedence": 10000,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": [
            {"subjects": [_group("system:unauthenticated"), _group("system:authenticated")], **EVERYTHING}
        ],
    },
}
MANDATORY_LEVELS: dict[str, Object] = {
    EXEMPT: {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}},
    CATCH_ALL: {
        "type": "Limited",
        "limited": {
            "nominalConcurrencyShares": 5,
            "lendablePercent": 0,
            "limitResponse": {"type": "Reject"},
        },
    },
}
"""What is taken to be there when its object is not."""


class Schema(NamedTuple):
    """A FlowSchema that leads to a level."""

    name: str
    spec: Object
    flow: Flow


def shape_of(spec: Object) -> Shape:
    if spec.get("type") == "Exempt":
        exempt = spec.get("exempt") or {}
        return Shape(True, exempt.get("nominalConcurrencyShares") or 0, exempt.get("lendablePercent") or 0)
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    return Shape(
        False,
        limited.get("nominalConcurrencyShares", 30),
        limited.get("lendablePercent") or 0,
        limited.get("borrowingLimitPercent"),
        queuing.get("queues", 0),
        queuing.get("handSize", 0),
        queuing.get("queueLengthLimit", 0),
    )


class Config:
    """The levels and schemas of the moment."""

    def __init__(self, seats: int) -> None:
        self.seats = seats
        """Of the whole server."""
        self.levels: dict[str, Level] = {}
        self.schemas: list[Schema] = []
        self.quiescing: frozenset[str] = frozenset()
        """Levels whose object is gone, but not their last request."""
        self._counts: dict[tuple[str, str], FlowCounts] = {}

    def digest(self, schemas: Iterable[Object], levels: Iterable[Object], now: float) -> None:
        """Takes on what the objects say. A level that is gone stays until its last request has ended."""
        found = {obj["metadata"]["name"]: (obj["metadata"].get("uid", ""), obj["spec"]) for obj in levels}
        for name, spec in MANDATORY_LEVELS.items():
            found.setdefault(name, ("", spec))
        kept = {name: level for name, level in self.levels.items() if name in found or not level.idle}
        for name, (uid, spec) in found.items():
            level = kept.get(name)
            if level is None:
                kept[name] = Level(name, uid, shape_of(spec), now)
            else:
                level.reshape(uid, shape_of(spec))
        self.levels = kept
        self.quiescing = frozenset(kept) - frozenset(found)
        divide(kept.values(), self.seats)
        self.schemas = self._ordered(schemas, {name: kept[name] for name in found})

    def reap(self) -> None:
        """Lets go of the levels that nobody wants and nobody uses, and of their seats."""
        idle = [name for name in self.quiescing if self.levels[name].idle]
        if idle:
            self.quiescing -= frozenset(idle)
            self.levels = {name: level for name, level in self.levels.items() if name not in idle}
            divide(self.levels.values(), self.seats)

    def _ordered(self, schemas: Iterable[Object], levels: dict[str, Level]) -> list[Schema]:
        specs = {obj["metadata"]["name"]: (obj["metadata"].get("uid", ""), obj["spec"]) for obj in schemas}
        for name, spec in MANDATORY_SCHEMAS.items():
            if specs.get(name, ("", {}))[1].get("priorityLevelConfiguration", {}).get("name") not in levels:
                specs[name] = ("", spec)
        found = [
            Schema(
                name, spec, self._flow(name, uid, spec, levels[spec["priorityLevelConfiguration"]["name"]])
            )
            for name, (uid, spec) in specs.items()
            if spec["priorityLevelConfiguration"]["name"] in levels
        ]
        return sorted(found, key=lambda schema: (schema.spec.get("matchingPrecedence", 1000), schema.name))

    def _flow(self, name: str, uid: str, spec: Object, level: Level) -> Flow:
        stamps = ((LEVEL_HEADER, level.uid.encode()), (SCHEMA_HEADER, uid.encode()))
        by = (spec.get("distinguisherMethod") or {}).get("type", "")
        counts = self._counts.setdefault((level.name, name), FlowCounts())
        return Flow(name, level, by, stamps, counts)

    def counts(self) -> dict[tuple[str, str], FlowCounts]:
        """By names of level and schema; also of those that are gone."""
        return self._counts
