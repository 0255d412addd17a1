"""CertificateSigningRequest: a request for a certificate, its approval and the result."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import duration, names
from ....apimachinery.clock import rfc3339
from ....apimachinery.field import FieldError
from ..printing import NONE, age
from ..resource import STATUS, Resource, Subresource
from ..strategy import Context, Object, Strategy
from . import columns
from .validation import validate_spec, validate_status


class CertificateSigningRequestStrategy(Strategy):
    """Rules of CertificateSigningRequests."""

    metadata_checks = ("create", "update")
    emptied = (("spec", "request"),)
    has_status = True
    status_subresources = frozenset(("status", "approval"))
    resets_by = {
        "": ("spec", "status"),
        "status": ("spec", "status.conditions"),
        "approval": ("spec", "status.certificate"),
    }

    name_validator = staticmethod(names.path_segment_name)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        spec, user = obj.setdefault("spec", {}), ctx.user
        identity = {
            "username": user.name,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {key: list(values) for key, values in user.extra.items()},
        }
        for name, value in identity.items():
            spec.pop(name, None)
            if value:
                spec[name] = value

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_spec(obj.get("spec") or {}, "spec")

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        new["spec"] = old["spec"]

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return []

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        status, was = new.setdefault("status", {}), old.get("status") or {}
        if ctx.subresource == "approval":
            status.pop("certificate", None)
            if "certificate" in was:
                status["certificate"] = was["certificate"]
        _stamp(status, was, rfc3339(ctx.now))

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        status, was = new.get("status") or {}, old.get("status") or {}
        return validate_status(status, was, approving=ctx.subresource == "approval")


def _stamp(status: Object, was: Object, now: str) -> None:
    """Fills in the times of conditions that came without."""
    before = {c.get("type"): c for c in was.get("conditions") or ()}
    for condition in status.get("conditions") or ():
        if not condition.get("lastUpdateTime"):
            condition["lastUpdateTime"] = now
        if not condition.get("lastTransitionTime"):
            old = before.get(condition.get("type"), {})
            same = old.get("status") == condition.get("status") and old.get("lastTransitionTime")
            condition["lastTransitionTime"] = old["lastTransitionTime"] if same else now


def _state(status: Object) -> str:
    types = {c.get("type") for c in status.get("conditions") or ()}
    state = next((t for t in ("Denied", "Approved") if t in types), "Pending")
    if "Failed" in types:
        state += ",Failed"
    return state + ",Issued" if status.get("certificate") else state


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    seconds = spec.get("expirationSeconds")
    facts = [
        spec.get("signerName", ""),
        spec.get("username", ""),
        NONE if seconds is None else duration.human(seconds),
        _state(obj.get("status") or {}),
    ]
    return [obj["metadata"]["name"], age(obj, now), *facts]


RESOURCES = (
    Resource(
        group="certificates.k8s.io",
        kind="CertificateSigningRequest",
        plural="certificatesigningrequests",
        short_names=("csr",),
        namespaced=False,
        subresources=(
            STATUS,
            Subresource("approval", ("get", "patch", "update")),
        ),
        selectable={"spec.signerName": lambda obj: str(obj["spec"].get("signerName", ""))},
        strategy=CertificateSigningRequestStrategy(),
        columns=columns.CERTIFICATESIGNINGREQUESTS,
        cells=_cells,
    ),
)
