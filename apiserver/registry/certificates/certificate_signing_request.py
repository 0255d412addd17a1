"""CertificateSigningRequest: a request for a certificate, its approval and the result."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery import duration
from ..printing import NONE, age
from ..resource import STATUS, Resource, Subresource
from ..strategy import Object, Strategy
from . import columns


class CertificateSigningRequestStrategy(Strategy):
    """Rules of CertificateSigningRequests."""

    has_status = True


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
