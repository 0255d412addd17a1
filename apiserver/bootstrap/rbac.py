"""Default roles and bindings, decoded from `rbac.json`.

A rule there is `GROUPS RESOURCES VERBS [NAMES]` or `url PATHS VERBS`, lists joined by commas, `core` for the
core group; a subject is `KIND [NAMESPACE/]NAME`. Every entry of `controllers` is bound to the service account
of that name in kube-system. Source: the default roles of the RBAC documentation, as a 1.36 cluster shows
them."""

from __future__ import annotations

from importlib import resources
from typing import Any

import orjson

from ..registry.strategy import Object
from .default import Default, metadata

GROUP = "rbac.authorization.k8s.io"
API_VERSION = f"{GROUP}/v1"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
_LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
_CONTROLLER = "system:controller:"
CONTROLLERS_GROUP = "wherry:controllers"
"""The group in the controller manager's certificate; it holds what upstream spreads over service accounts."""


def table() -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(resources.files(__package__).joinpath("rbac.json").read_bytes())
    return data


def parse_rule(text: str) -> Object:
    first, second, third, *names = text.split(" ")
    if first == "url":
        return {"verbs": third.split(","), "nonResourceURLs": second.split(",")}
    groups = ["" if g == "core" else g for g in first.split(",")]
    rule: Object = {"verbs": third.split(","), "apiGroups": groups, "resources": second.split(",")}
    if names:
        rule["resourceNames"] = names[0].split(",")
    return rule


def parse_subject(text: str) -> Object:
    kind, _, name = text.partition(" ")
    if kind == "ServiceAccount":
        namespace, _, name = name.partition("/")
        return {"kind": kind, "name": name, "namespace": namespace}
    return {"kind": kind, "apiGroup": GROUP, "name": name}


def node_rules() -> list[Object]:
    """What every node may, whatever its name: the rules of `system:node`, which upstream binds to nobody."""
    return [parse_rule(r) for r in table()["clusterRoles"]["system:node"]]


def defaults() -> list[Default]:
    data = table()
    roles = {name: [parse_rule(r) for r in rules] for name, rules in data["clusterRoles"].items()}
    _aggregate(roles, data["aggregateTo"])
    out = [_cluster_role(name, rules, data["aggregateTo"].get(name, "")) for name, rules in roles.items()]
    bindings = dict(data["clusterRoleBindings"])
    bindings.update({_CONTROLLER + n: [f"ServiceAccount kube-system/{n}"] for n in data["controllers"]})
    out += [_binding("ClusterRole", name, name, subjects) for name, subjects in bindings.items()]
    for namespace, entries in data["roles"].items():
        out += [_role("Role", n, [parse_rule(r) for r in rs], namespace) for n, rs in entries.items()]
    for namespace, entries in data["roleBindings"].items():
        out += [_binding("Role", n, role, subjects, namespace) for n, (role, *subjects) in entries.items()]
    return out + _own(roles)


def _aggregate(roles: dict[str, list[Object]], targets: dict[str, str]) -> None:
    """Fills view, edit and admin, in this order since each feeds the next, from the roles labelled for
    them."""
    for target in ("view", "edit", "admin"):
        for name in sorted(n for n, t in targets.items() if t == target):
            roles[target] += [rule for rule in roles[name] if rule not in roles[target]]


def _cluster_role(name: str, rules: list[Object], feeds: str) -> Default:
    labels = dict(_LABELS)
    if feeds:
        labels[f"rbac.authorization.k8s.io/aggregate-to-{feeds}"] = "true"
    out = _role("ClusterRole", name, rules, labels=labels)
    if name in ("view", "edit", "admin"):
        selector = {"matchLabels": {f"rbac.authorization.k8s.io/aggregate-to-{name}": "true"}}
        out.obj["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    return out


def _role(
    kind: str, name: str, rules: list[Object], namespace: str = "", labels: dict[str, str] | None = None
) -> Default:
    obj = {
        "kind": kind,
        "apiVersion": API_VERSION,
        "metadata": _metadata(name, namespace, labels),
        "rules": rules,
    }
    return Default(group=GROUP, resource=kind.lower() + "s", obj=obj, merge=merge_role)


def _binding(role_kind: str, name: str, role: str, subjects: list[str], namespace: str = "") -> Default:
    kind = role_kind + "Binding"
    obj: Object = {
        "kind": kind,
        "apiVersion": API_VERSION,
        "metadata": _metadata(name, namespace),
        "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role},
    }
    if subjects:
        obj["subjects"] = [parse_subject(s) for s in subjects]
    return Default(group=GROUP, resource=kind.lower() + "s", obj=obj, merge=merge_binding)


def _metadata(name: str, namespace: str = "", labels: dict[str, str] | None = None) -> Object:
    return metadata(name, namespace, labels=dict(labels or _LABELS), annotations={AUTOUPDATE: "true"})


def _own(roles: dict[str, list[Object]]) -> list[Default]:
    """What Wherry adds: its controllers work under one identity, nodes join with bootstrap tokens, the
    scheduler answers questions, and the metrics server reads kubelets and registers itself."""
    union: list[Object] = []
    for name in sorted(n for n in roles if n.startswith(_CONTROLLER)):
        union += [rule for rule in roles[name] if rule not in union]
    union.append(parse_rule(_REMOVE_DIRECTORIES))
    requests = "system:certificates.k8s.io:certificatesigningrequests"
    return [
        _role("ClusterRole", CONTROLLERS_GROUP, union),
        _binding("ClusterRole", CONTROLLERS_GROUP, CONTROLLERS_GROUP, [f"Group {CONTROLLERS_GROUP}"]),
        _role("ClusterRole", _ANSWERING, [parse_rule(rule) for rule in _ANSWERS]),
        _binding("ClusterRole", _ANSWERING, _ANSWERING, ["User system:kube-scheduler"]),
        _role("ClusterRole", _MEASURING, [parse_rule(rule) for rule in _MEASURES]),
        _binding("ClusterRole", _MEASURING, _MEASURING, [f"User {_MEASURING}"]),
        _binding("Role", _MEASURING, _CALLERS, [f"User {_MEASURING}"], "kube-system"),
        _binding("ClusterRole", "wherry:node-bootstrapper", "system:node-bootstrapper", [_BOOTSTRAPPERS]),
        _binding("ClusterRole", "wherry:approve-node-client", f"{requests}:nodeclient", [_BOOTSTRAPPERS]),
        _binding(
            "ClusterRole", "wherry:approve-node-renewal", f"{requests}:selfnodeclient", ["Group system:nodes"]
        ),
    ]


_REMOVE_DIRECTORIES = "core nodes/proxy delete"
"""A released host-path volume's directory is removed by its node."""
_BOOTSTRAPPERS = "Group system:bootstrappers"
_ANSWERING = "wherry:placement-answers"
_ANSWERS = ("wherry.dev placementrequests watch", "wherry.dev placementrequests/answer create")
_MEASURING = "wherry:metrics-server"
_MEASURES = (
    "core nodes,pods get,list",
    "core nodes/proxy get",
    "core services get,create,patch",
    "discovery.k8s.io endpointslices get,create,patch",
    "apiregistration.k8s.io apiservices get,create,patch",
)
_CALLERS = "extension-apiserver-authentication-reader"


def _protected(found: Object) -> bool:
    return (found["metadata"].get("annotations") or {}).get(AUTOUPDATE) == "false"


def merge_role(found: Object, wanted: Object) -> Object | None:
    """Adds the rules that are missing; rules that somebody added stay. Aggregated roles belong to their
    controller."""
    if _protected(found) or wanted.get("aggregationRule"):
        return None
    held = found.get("rules") or []
    missing = [rule for rule in wanted["rules"] if rule not in held]
    return {**found, "rules": [*held, *missing]} if missing else None


def merge_binding(found: Object, wanted: Object) -> Object | None:
    """Adds the subjects that are missing. A changed roleRef is somebody's decision and stays."""
    if _protected(found) or found.get("roleRef") != wanted["roleRef"]:
        return None
    held = found.get("subjects") or []
    missing = [s for s in wanted.get("subjects", ()) if s not in held]
    return {**found, "subjects": [*held, *missing]} if missing else None
