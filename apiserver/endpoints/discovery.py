"""Discovery documents derived from the registry: APIGroupList, APIResourceList, and the aggregated form (v2).

Source: meta/v1 APIResourceList, apidiscovery.k8s.io/v2, KEP-3352.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from ...apimachinery.gvk import version_rank
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

APIS = "apiregistration.k8s.io"

Versions = dict[str, dict[str, list[Resource]]]


def storage_version_hash(resource: Resource) -> str:
    """The first eight bytes of the SHA-256 of `group/version/kind` as stored, in base64."""
    group = resource.group if resource.storage_group is None else resource.storage_group
    version = STORED_AS.get(resource.kind) or resource.storage_version or resource.version
    digest = hashlib.sha256(f"{group}/{version}/{resource.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def grouped(resources: Iterable[Resource]) -> Versions:
    """group → version → resources, in upstream's order; the core group comes first."""
    found: Versions = {}
    for resource in resources:
        found.setdefault(resource.group, {}).setdefault(resource.version, []).append(resource)
    rank = {group: i for i, group in enumerate(("", *GROUP_ORDER))}
    ordered = sorted(found, key=lambda group: (rank.get(group, len(rank)), group))
    return {
        group: {v: found[group][v] for v in sorted(found[group], key=version_rank, reverse=True)}
        for group in ordered
    }


class Priorities(Protocol):
    """The APIServices' say in the order."""

    def priority(self, group: str, version: str) -> tuple[int, int]: ...

    def registered(self) -> Iterable[tuple[str, str]]: ...


def arranged(versions: Versions, by: Priorities) -> Versions:
    """The same with every registered version (those of other servers have no resources here), in the order of
    the APIServices' priorities. The core group and the registry of APIs itself stand before all others."""
    found = {group: dict(by_version) for group, by_version in versions.items()}
    for group, version in by.registered():
        found.setdefault(group, {}).setdefault(version, [])

    def version_key(group: str) -> Callable[[str], tuple[int, Any]]:
        return lambda version: (by.priority(group, version)[1], version_rank(version))

    def group_key(group: str) -> tuple[int, int, str]:
        first = {"": 0, APIS: 1}.get(group, 2)
        return first, -max(by.priority(group, version)[0] for version in found[group]), group

    groups = sorted(found, key=group_key)
    return {g: {v: found[g][v] for v in sorted(found[g], key=version_key(g), reverse=True)} for g in groups}


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
        entries += [_subresource(resource, s) for s in _subresources(resource)]
    head = (
        {"kind": "APIResourceList"}
        if "/" not in group_version
        else {"kind": "APIResourceList", "apiVersion": "v1"}
    )
    return {**head, "groupVersion": group_version, "resources": entries}


def _verbs(resource: Resource) -> list[str]:
    """In upstream's order, which is by name but for custom resources."""
    return list(resource.verbs) if resource.custom else sorted(resource.verbs)


def _subresources(resource: Resource) -> Sequence[Subresource]:
    return resource.subresources if resource.custom else sorted(resource.subresources, key=lambda s: s.name)


def _resource(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular_name,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _verbs(resource),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if not resource.virtual and ("create" in resource.verbs or resource.custom):
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


def aggregated(
    versions: Versions, *, core: bool, foreign: Callable[[str, str], dict[str, Any] | None] | None = None
) -> dict[str, Any]:
    """APIGroupDiscoveryList of the core group (`/api`) or of all others (`/apis`). `foreign` gives what
    another server serves as a group's version, None for this server's own. What is only registered, but
    served by nobody, is left out."""
    items = []
    for name, found in versions.items():
        if bool(name) == core:
            continue
        entries = [(foreign(name, v) if foreign else None) or _version(v, rs) for v, rs in found.items()]
        if served := [entry for entry in entries if entry is not None]:
            items.append({"metadata": {"name": name} if name else {}, "versions": served})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _version(version: str, resources: Sequence[Resource]) -> dict[str, Any] | None:
    if not resources:
        return None
    found = [_discovered(r) for r in sorted(resources, key=lambda r: r.plural)]
    return {"version": version, "resources": found, "freshness": "Current"}


def _discovered(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": _own_kind(resource),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular_name,
        "verbs": _verbs(resource),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {"subresource": s.name, "responseKind": _response_kind(resource, s), "verbs": sorted(s.verbs)}
            for s in _subresources(resource)
        ]
    return entry


def _response_kind(resource: Resource, sub: Subresource) -> dict[str, str]:
    if sub.kind is None or (sub.kind.group, sub.kind.version) == (resource.group, resource.version):
        return (
            _own_kind(resource) if sub.kind is None else {"group": "", "version": "", "kind": sub.kind.kind}
        )
    return sub.kind._asdict()


def _own_kind(resource: Resource) -> dict[str, str]:
    """Upstream names group and version only where it is apiextensions-apiserver that answers."""
    if resource.custom:
        return resource.gvk._asdict()
    return {"group": "", "version": "", "kind": resource.kind}
