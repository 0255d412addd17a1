"""MutatingAdmissionPolicy: admission rules written in CEL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNSET, age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class MutatingAdmissionPolicyStrategy(Strategy):
    """Rules of MutatingAdmissionPolicys."""

    tracks_generation = True
    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    target = spec.get("paramKind")
    param = f"{target.get('apiVersion', '')}/{target.get('kind', '')}" if target else UNSET
    return [obj["metadata"]["name"], len(spec.get("mutations") or ()), param, age(obj, now)]


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicy",
        plural="mutatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        strategy=MutatingAdmissionPolicyStrategy(),
        columns=columns.MUTATINGADMISSIONPOLICIES,
        cells=_cells,
    ),
)
