"""Discovery documents derived from the registry: APIGroupList, APIResourceList, and the aggregated form (v2).

Source: meta/v1 APIResourceList, apidiscovery.k8s.io/v2, KEP-3352.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from ..registry.resource import Resource, Subresource

GROUP_ORDER = (
    "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
    "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
    "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
    "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
)  # fmt: skip
"""kube-aggregator's priorities of the built-in groups; others follow by name."""

STORED_AS = {
    "CustomResourceDefinition": "v1beta1",
    "MutatingAdmissionPolicy": "v1beta1",
    "MutatingAdmissionPolicyBinding": "v1beta1",
}
"""Kinds whose hash upstream computes from an older version than it serves."""

Versions = dict[str, dict[str, list[Resource]]]


def storage_version_hash(resource: Resource) -> str:
    """The first eight bytes of the SHA-256 of `group/version/kind` as stored, in base64."""
    group = resource.group if resource.storage_group is None else resource.storage_group
    version = STORED_AS.get(resource.kind) or resource.storage_version or resource.version
    digest = hashlib.sha256(f"{group}/{version}/{resource.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _version_rank(version: str) -> tuple[int, int]:
    """Newer first: v2 before v1, stable before beta."""
    digits = version[1:].partition("alpha")[0].partition("beta")[0]
    stable = 0 if version[1:].isdigit() else 1
    return stable, -int(digits or 0)


def grouped(resources: Iterable[Resource]) -> Versions:
    """group → version → resources, in upstream's order; the core group comes first."""
    found: Versions = {}
    for resource in resources:
        found.setdefault(resource.group, {}).setdefault(resource.version, []).append(resource)
    rank = {group: i for i, group in enumerate(("", *GROUP_ORDER))}
    ordered = sorted(found, key=lambda group: (rank.get(group, len(rank)), group))
    return {group: {v: found[group][v] for v in sorted(found[group], key=_version_rank)} for group in ordered}


def group(name: str, versions: Sequence[str]) -> dict[str, Any]:
    """An APIGroup without its type meta."""
    found = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def group_list(versions: Versions) -> dict[str, Any]:
    groups = [group(name, list(found)) for name, found in versions.items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def resource_list(group_version: str, resources: Sequence[Resource]) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    for resource in sorted(resources, key=lambda r: r.plural):
        entries.append(_resource(resource))
        entries += [_subresource(resource, s) for s in sorted(resource.subresources, key=lambda s: s.name)]
    head = (
        {"kind": "APIResourceList"}
        if "/" not in group_version
        else {"kind": "APIResourceList", "apiVersion": "v1"}
    )
    return {**head, "groupVersion": group_version, "resources": entries}


def _resource(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular_name,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": sorted(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if not resource.virtual and "create" in resource.verbs:
        entry["storageVersionHash"] = storage_version_hash(resource)
    return entry


def _subresource(resource: Resource, sub: Subresource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": f"{resource.plural}/{sub.name}",
        "singularName": "",
        "namespaced": resource.namespaced,
    }
    if sub.kind is not None and (sub.kind.group, sub.kind.version) != (resource.group, resource.version):
        entry["group"], entry["version"] = sub.kind.group, sub.kind.version
    entry["kind"] = sub.kind.kind if sub.kind else resource.kind
    entry["verbs"] = sorted(sub.verbs)
    return entry


def aggregated(versions: Versions, *, core: bool) -> dict[str, Any]:
    """APIGroupDiscoveryList of the core group (`/api`) or of all others (`/apis`)."""
    items = []
    for name, found in versions.items():
        if bool(name) == core:
            continue
        entries = [
            {
                "version": v,
                "resources": [_discovered(r) for r in sorted(rs, key=lambda r: r.plural)],
                "freshness": "Current",
            }
            for v, rs in found.items()
        ]
        items.append({"metadata": {"name": name} if name else {}, "versions": entries})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _discovered(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular_name,
        "verbs": sorted(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {"subresource": s.name, "responseKind": _response_kind(resource, s), "verbs": sorted(s.verbs)}
            for s in sorted(resource.subresources, key=lambda s: s.name)
        ]
    return entry


def _response_kind(resource: Resource, sub: Subresource) -> dict[str, str]:
    if sub.kind is None or (sub.kind.group, sub.kind.version) == (resource.group, resource.version):
        return {"group": "", "version": "", "kind": sub.kind.kind if sub.kind else resource.kind}
    return sub.kind._asdict()
