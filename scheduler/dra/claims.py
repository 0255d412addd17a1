"""The ResourceClaims of a pod, as far as it can be scheduled with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...apimachinery.resource_claims import claim_names

Object = dict[str, Any]


class NotUsable(Exception):  # noqa: N818 - an answer about a pod, no error of ours
    """The pod has to wait; the text says for what."""


def claims_of(pod: Object, get: Callable[[str], Object | None]) -> list[Object]:
    """By their order in the pod. Raises NotUsable when one is missing, going or somebody else's."""
    meta = pod["metadata"]
    made = {entry["name"] for entry in pod["spec"]["resourceClaims"] if not entry.get("resourceClaimName")}
    found = []
    for entry, name in claim_names(pod).items():
        if name is None:
            raise NotUsable(f'pod "{meta["namespace"]}/{meta["name"]}": ResourceClaim not created yet')
        claim = get(f"{meta['namespace']}/{name}")
        if claim is None:
            raise NotUsable(f'resourceclaim.resource.k8s.io "{name}" not found')
        if "deletionTimestamp" in claim["metadata"]:
            raise NotUsable(f'resourceclaim "{name}" is being deleted')
        owners = claim["metadata"].get("ownerReferences") or ()
        if entry in made and not any(o["uid"] == meta["uid"] and o.get("controller") for o in owners):
            key = f"{meta['namespace']}/{name}"
            why = f"was not created for Pod {meta['namespace']}/{meta['name']} (Pod is not owner)"
            raise NotUsable(f"ResourceClaim {key} {why}")
        found.append(claim)
    return found
