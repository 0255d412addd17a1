"""What differs between two pod specs, as upstream's refusal shows it: a unified diff of the internal form.

That form is JSON with Go's field names, every field written. Its structs have the versioned API's layout, but
for the spec and its security context. Slow, and only for requests that are refused.
"""

from __future__ import annotations

import difflib
from typing import Any

import orjson

from ....apimachinery.schema import facts
from ..strategy import Object

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


def difference(new: Object, old: Object) -> str:
    """The hunks, without a head."""
    before, after = (_lines(spec) for spec in (old, new))
    return "".join(list(difflib.unified_diff(before, after))[2:])


def _lines(spec: Object) -> list[str]:
    text = orjson.dumps(_pod_spec(spec), option=orjson.OPT_INDENT_2).decode()
    return [_narrow(line) + "\n" for line in text.split("\n")]


def _narrow(line: str) -> str:
    """Go is asked to indent by one."""
    body = line.lstrip(" ")
    return " " * ((len(line) - len(body)) // 2) + body


def _pod_spec(spec: Object) -> Object:
    tables = facts.load()
    types = {line.field: line for line in tables.layout("core.v1.PodSpec")}
    out: Object = {}
    for name in _SPEC:
        if name == "securityContext":
            out["SecurityContext"] = _security(tables, types, spec)
        elif name in types:
            out[_go_name(name)] = _field(tables, types[name], spec.get(name))
    return out


def _security(tables: facts.Facts, types: dict[str, facts.Layout], spec: Object) -> Object | None:
    context = spec.get("securityContext")
    if context is None and not any(name in spec for name in _HOST):
        return None
    host = {_go_name(name): _field(tables, types[name], spec.get(name)) for name in _HOST}
    return {**host, **_struct(tables, _SECURITY, context or {})}


def _struct(tables: facts.Facts, definition: str, value: Object) -> Object:
    return {
        _go_name(line.field): _field(tables, line, value.get(line.field))
        for line in tables.layout(definition)
    }


def _field(tables: facts.Facts, line: facts.Layout, value: Any) -> Any:
    if value is None:
        return None if line.pointer else _zero(tables, line.go_type)
    return _value(tables, line.go_type, value)


def _value(tables: facts.Facts, go_type: str, value: Any) -> Any:
    if go_type.startswith("[]"):
        return [_value(tables, go_type[2:].lstrip("*"), item) for item in value] if value else None
    definition = f"core.{go_type}"
    if definition in tables.blocks and isinstance(value, dict):
        return _struct(tables, definition, value)
    if isinstance(value, dict):
        return dict(sorted(value.items()))
    return value


def _zero(tables: facts.Facts, go_type: str) -> Any:
    if go_type.startswith(("[]", "map[")) or go_type == "v1.ResourceList":
        return None
    if f"core.{go_type}" in tables.blocks:
        return _struct(tables, f"core.{go_type}", {})
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
