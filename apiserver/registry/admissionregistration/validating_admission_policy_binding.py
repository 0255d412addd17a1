"""ValidatingAdmissionPolicyBinding: where a policy applies and with which parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns
from .params import param_ref


class ValidatingAdmissionPolicyBindingStrategy(Strategy):
    """Rules of ValidatingAdmissionPolicyBindings."""

    tracks_generation = True
    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    return [obj["metadata"]["name"], spec.get("policyName", ""), param_ref(spec), age(obj, now)]


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicyBinding",
        plural="validatingadmissionpolicybindings",
        categories=("api-extensions",),
        namespaced=False,
        strategy=ValidatingAdmissionPolicyBindingStrategy(),
        columns=columns.VALIDATINGADMISSIONPOLICYBINDINGS,
        cells=_cells,
    ),
)
