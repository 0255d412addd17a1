"""How pods name their ResourceClaims, and which taints of devices claims tolerate.

Shared by the controllers and the scheduler.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

FINALIZER = "resource.kubernetes.io/delete-protection"
"""On a claim while devices are allocated to it."""


def claim_names(pod: Object) -> dict[str, str | None]:
    """The ResourceClaims of a pod by their names in it; None where one has not been made yet.

    Entries for which no claim is needed are left out.
    """
    made = {s["name"]: s for s in (pod.get("status") or {}).get("resourceClaimStatuses") or ()}
    found: dict[str, str | None] = {}
    for entry in pod["spec"].get("resourceClaims") or ():
        if entry.get("resourceClaimName"):
            found[entry["name"]] = entry["resourceClaimName"]
        elif entry["name"] not in made:
            found[entry["name"]] = None
        elif made[entry["name"]].get("resourceClaimName"):
            found[entry["name"]] = made[entry["name"]]["resourceClaimName"]
    return found
