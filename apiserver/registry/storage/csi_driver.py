"""CSIDriver: what a volume driver can do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import field
from ....apimachinery.field import FieldError
from ..printing import NONE, UNSET, age
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import immutable, supported
from . import columns

DEFAULTS = {
    "attachRequired": True,
    "podInfoOnMount": False,
    "storageCapacity": False,
    "fsGroupPolicy": "ReadWriteOnceWithFSType",
    "requiresRepublish": False,
    "seLinuxMount": False,
}
REQUIRED = ("attachRequired", "podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount")
GROUP_POLICIES = ("ReadWriteOnceWithFSType", "File", "None")
MODES = ("Persistent", "Ephemeral")
TOKENS_IN_SECRETS = (
    "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent "
    "possible logging of tokens in volume attributes"
)
GATED = "preventPodSchedulingIfMissing"
"""A field whose feature gate (VolumeLimitScaling) is off in 1.36."""
SHORTEST_TOKEN = 600
LONGEST_TOKEN = 2**32


class CSIDriverStrategy(Strategy):
    """Rules of CSIDrivers."""

    returns_deleted = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        for name, value in DEFAULTS.items():
            spec.setdefault(name, value)
        if not spec.get("volumeLifecycleModes"):
            spec["volumeLifecycleModes"] = ["Persistent"]

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        obj["spec"].pop(GATED, None)

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        new["spec"].pop(GATED, None)
        # Upstream counts changes only, so a new driver has no generation at all.
        if new.get("spec") != old.get("spec"):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return _validate(obj.get("spec") or {})

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        spec = new["spec"]
        requests = spec.get("tokenRequests")
        if old is not None and requests == old["spec"].get("tokenRequests"):
            return []
        unset = requests and spec.get("serviceAccountTokenInSecrets") is None
        return [TOKENS_IN_SECRETS] if unset else []

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        spec, was = new.get("spec") or {}, old.get("spec") or {}
        errors = _validate(spec)
        errors += immutable(spec.get("attachRequired"), was.get("attachRequired"), "spec.attachedRequired")
        modes, modes_were = spec.get("volumeLifecycleModes"), was.get("volumeLifecycleModes")
        return errors + immutable(modes, modes_were, "spec.volumeLifecycleModes")


def _validate(spec: Object) -> list[FieldError]:
    errors = [field.required(f"spec.{name}") for name in REQUIRED if spec.get(name) is None]
    policy = spec.get("fsGroupPolicy", "")
    if policy not in GROUP_POLICIES:
        errors.append(field.not_supported("spec.fsGroupPolicy", policy, sorted(GROUP_POLICIES)))
    errors += _token_requests(spec.get("tokenRequests") or [], "spec.tokenRequests")
    for mode in spec.get("volumeLifecycleModes") or ():
        errors += supported(mode, MODES, "spec.volumeLifecycleModes")
    seconds = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if seconds is not None and seconds < 10:
        why = "must be greater than or equal to 10 seconds"
        errors.append(field.invalid("spec.nodeAllocatableUpdatePeriodSeconds", seconds, why))
    return errors


def _token_requests(requests: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for i, request in enumerate(requests):
        audience, seconds = request.get("audience", ""), request.get("expirationSeconds")
        if audience in seen:
            errors.append(field.duplicate(f"{path}[{i}].audience", audience))
            continue
        seen.add(audience)
        if seconds is None:
            continue
        at = f"{path}[{i}].expirationSeconds"
        if seconds < SHORTEST_TOKEN:
            errors.append(field.invalid(at, seconds, "may not specify a duration less than 10 minutes"))
        if seconds > LONGEST_TOKEN:
            errors.append(field.invalid(at, seconds, "may not specify a duration larger than 2^32 seconds"))
    return errors


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    audiences = [request.get("audience", "") for request in spec.get("tokenRequests") or ()]
    facts = [
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        ",".join(audiences) if spec.get("tokenRequests") is not None else UNSET,
        spec.get("requiresRepublish", False),
        ",".join(spec.get("volumeLifecycleModes") or ()) or NONE,
    ]
    return [obj["metadata"]["name"], *facts, age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="CSIDriver",
        plural="csidrivers",
        namespaced=False,
        strategy=CSIDriverStrategy(),
        columns=columns.CSIDRIVERS,
        cells=_cells,
    ),
)
