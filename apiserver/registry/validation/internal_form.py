"""Values as upstream's internal types print them: JSON with Go's field names, every field written.

Those types have the versioned API's layout, but for the spec of a pod and its security context. Slow, and
only for requests that are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ....apimachinery.schema import facts
from .common import Object

_ACRONYMS = (
    "api", "aws", "csi", "dns", "fc", "fqdn", "gce", "grpc", "http", "id", "ip", "iscsi", "nfs", "os", "rbd",
    "tcp", "tty", "uid", "uri", "uuid",
)  # fmt: skip
_NAMES = {
    "awsElasticBlockStore": "AWSElasticBlockStore",
    "cephfs": "CephFS",
    "chapAuthDiscovery": "DiscoveryCHAPAuth",
    "chapAuthSession": "SessionCHAPAuth",
    "diskURI": "DataDiskURI",
    "endpoints": "EndpointsName",
    "fsGroup": "FSGroup",
    "fsGroupChangePolicy": "FSGroupChangePolicy",
    "fsType": "FSType",
    "gcePersistentDisk": "GCEPersistentDisk",
    "gmsaCredentialSpec": "GMSACredentialSpec",
    "gmsaCredentialSpecName": "GMSACredentialSpecName",
    "iqn": "IQN",
    "monitors": "CephMonitors",
    "pdName": "PDName",
    "seLinuxChangePolicy": "SELinuxChangePolicy",
    "seLinuxOptions": "SELinuxOptions",
    "sslEnabled": "SSLEnabled",
    "storageos": "StorageOS",
    "tty": "TTY",
    "wwids": "WWIDs",
}
"""JSON name → Go name where it is not just the first letter or a leading acronym made large."""
_SPEC = (
    "volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy",
    "terminationGracePeriodSeconds", "activeDeadlineSeconds", "dnsPolicy", "nodeSelector",
    "serviceAccountName", "automountServiceAccountToken", "nodeName", "securityContext", "imagePullSecrets",
    "hostname", "subdomain", "setHostnameAsFQDN", "affinity", "schedulerName", "tolerations", "hostAliases",
    "priorityClassName", "priority", "preemptionPolicy", "dnsConfig", "readinessGates", "runtimeClassName",
    "overhead", "enableServiceLinks", "topologySpreadConstraints", "os", "schedulingGates", "resourceClaims",
    "resources", "hostnameOverride", "schedulingGroup",
)  # fmt: skip
_HOST = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
"""Fields of the spec that the internal form keeps in the pod's security context, at its beginning."""
_SECURITY = "core.v1.PodSecurityContext"


def pod_template(template: Object) -> Object:
    """Its metadata are those of the versioned API, and stand in the template itself."""
    metadata = template.get("metadata") or {}
    return {**_labels_sorted(metadata, metadata), "Spec": pod_spec(template.get("spec") or {})}


def pod_spec(spec: Object) -> Object:
    tables = facts.load()
    types = {line.field: line for line in tables.layout("core.v1.PodSpec")}
    out: Object = {}
    for name in _SPEC:
        if name == "securityContext":
            out["SecurityContext"] = _security(tables, types, spec)
        elif name in types:
            out[_go_name(name)] = _field(tables, "core", types[name], spec.get(name))
    return out


def _security(tables: facts.Facts, types: dict[str, facts.Layout], spec: Object) -> Object | None:
    context = spec.get("securityContext")
    if context is None and not any(name in spec for name in _HOST):
        return None
    host = {_go_name(name): _field(tables, "core", types[name], spec.get(name)) for name in _HOST}
    return {**host, **_struct(tables, _SECURITY, context or {})}


def _labels_sorted(value: Object, names: Iterable[str]) -> Object:
    parts = {name: value[name] for name in names if name in value}
    return {
        name: dict(sorted(part.items())) if isinstance(part, dict) else part for name, part in parts.items()
    }


def struct(definition: str, value: Object | None) -> Object | None:
    """`definition` is one of the schema's, such as `batch.v1.PodFailurePolicy`."""
    return None if value is None else _struct(facts.load(), definition, value)


def _struct(tables: facts.Facts, definition: str, value: Object) -> Object:
    group = definition.partition(".")[0]
    out = {
        _go_name(line.field): _field(tables, group, line, value.get(line.field))
        for line in tables.layout(definition)
    }
    if definition == _SECURITY:  # the one struct whose order differs
        later = ("Sysctls", "SeccompProfile", "AppArmorProfile", "SELinuxChangePolicy")
        out |= {name: out.pop(name) for name in later}
    return out


def _field(tables: facts.Facts, group: str, line: facts.Layout, value: Any) -> Any:
    if value is None:
        return None if line.pointer else _zero(tables, group, line.go_type)
    return _value(tables, group, line.go_type, value)


def _value(tables: facts.Facts, group: str, go_type: str, value: Any) -> Any:
    if go_type.startswith("[]"):
        return [_value(tables, group, go_type[2:].lstrip("*"), item) for item in value] if value else None
    definition = f"{group}.{go_type}"
    if definition in tables.blocks and isinstance(value, dict):
        return _struct(tables, definition, value)
    if go_type == "v1.LabelSelector":  # one of the versioned API
        return _labels_sorted(value, ("matchLabels", "matchExpressions"))
    if isinstance(value, dict):
        return dict(sorted(value.items()))
    return value


def _zero(tables: facts.Facts, group: str, go_type: str) -> Any:
    if go_type.startswith(("[]", "map[")) or go_type == "v1.ResourceList":
        return None
    if f"{group}.{go_type}" in tables.blocks:
        return _struct(tables, f"{group}.{go_type}", {})
    numbers = {"bool": False, "int32": 0, "int64": 0, "intstr.IntOrString": 0, "resource.Quantity": "0"}
    return numbers.get(go_type, "")


def _go_name(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    for acronym in _ACRONYMS:
        rest = name[len(acronym) :]
        if name.startswith(acronym) and (not rest or rest[0].isupper()):
            return acronym.upper() + rest
    return name[0].upper() + name[1:]
