"""Warnings about pod specs that are valid but surely not meant so: deprecated fields, duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....apimachinery import names, quantity
from .addresses import ip_warnings
from .affinity import PREFERRED, REQUIRED
from .claims import claim_warnings
from .common import Object
from .path_warnings import path_warnings
from .pod_annotations import APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD, app_armor_profile
from .port_warnings import port_name_warnings, port_warnings
from .security import all_containers

NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": (
        'deprecated since v1.17; use "topology.kubernetes.io/region" instead'
    ),
    "failure-domain.beta.kubernetes.io/zone": (
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'
    ),
    "beta.kubernetes.io/instance-type": (
        'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'
    ),
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": (
        "deprecated since v1.22; use Taints and Tolerations instead"
    ),
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}
ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": (
        'non-functional in v1.16+; use the "priorityClassName" field instead'
    ),
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
}
VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
SPELLED = {"storageos": "storageOS"}
"""Where upstream's warnings write a source in another way."""
NULL_SELECTOR = "a null labelSelector results in matching no pod"
SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
APP_ARMOR_FIELD = 'deprecated since v1.30; use the "appArmorProfile" field instead'


def pod_warnings(pod: Object) -> list[str]:
    """Of a pod being created; updates give none."""
    return list(_warnings(pod, ""))


def template_warnings(template: Object, path: str) -> list[str]:
    return list(_warnings(template, f"{path}."))


def _warnings(pod: Object, root: str) -> Iterator[str]:
    """`root` is empty, or the path of a template with a final dot."""
    spec, meta = pod.get("spec") or {}, pod.get("metadata") or {}
    path, notes = f"{root}spec", f"{root}metadata.annotations"
    annotations = meta.get("annotations") or {}
    yield from _labels(spec, path)
    for key, why in ANNOTATIONS.items():
        if key in annotations:
            yield f"{notes}[{key}]: {why}"
    yield from _volumes(spec, path)
    yield from path_warnings(spec)
    yield from _lists(spec, path)
    yield from _fractions(spec.get("overhead") or {}, f"{path}.overhead")
    profiles = spec.get("securityContext") or {}
    if annotations and SECCOMP_POD in annotations and "seccompProfile" not in profiles:
        yield f"{notes}[{SECCOMP_POD}]: {SECCOMP}"
    for container, here in all_containers(spec, path):
        if annotations:
            yield from _profiles(container, annotations, notes)
            if root:
                yield from _app_armor(container, annotations, profiles.get("appArmorProfile"), notes)
        yield from _container(container, here)
    yield from port_warnings(spec, path)
    yield from port_name_warnings(spec, path)
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        why = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{path}.terminationGracePeriodSeconds: {why}"
    yield from _pod_affinity(spec.get("affinity") or {}, f"{path}.affinity")
    yield from _addresses(spec, path)


def _labels(spec: Object, path: str) -> Iterator[str]:
    for key in spec.get("nodeSelector") or ():
        if key in NODE_LABELS:
            yield f"{path}.nodeSelector[{key}]: {NODE_LABELS[key]}"
    node = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    here = f"{path}.affinity.nodeAffinity"
    for i, term in enumerate((node.get(REQUIRED) or {}).get("nodeSelectorTerms") or ()):
        yield from term_warnings(term, f"{here}.{REQUIRED}.nodeSelectorTerms[{i}]")
    for i, weighted in enumerate(node.get(PREFERRED) or ()):
        preference = weighted.get("preference") or {}
        yield from term_warnings(preference, f"{here}.{PREFERRED}[{i}].preference", values=True)
    for i, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        here, key = f"{path}.topologySpreadConstraints[{i}]", constraint.get("topologyKey", "")
        if key in NODE_LABELS:
            yield f"{here}.topologyKey: {key} is {NODE_LABELS[key]}"
        if "labelSelector" not in constraint:
            yield f"{here}.labelSelector: {NULL_SELECTOR}"


def term_warnings(term: Object, path: str, *, values: bool = False) -> Iterator[str]:
    """About old node labels in a term of a node selector and, with `values`, about what no label can be."""
    for i, expression in enumerate(term.get("matchExpressions") or ()):
        here, key = f"{path}.matchExpressions[{i}]", expression.get("key", "")
        if key in NODE_LABELS:
            yield f"{here}.key: {key} is {NODE_LABELS[key]}"
        for j, value in enumerate(expression.get("values") or () if values else ()):
            for why in names.label_value(value):
                yield f"{here}.values[{j}]: {value} is invalid, {why}"


def _volumes(spec: Object, path: str) -> Iterator[str]:
    for i, volume in enumerate(spec.get("volumes") or ()):
        here = f"{path}.volumes[{i}]"
        yield from source_warnings(volume, here)
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template:
            claim = f"{here}.ephemeral.volumeClaimTemplate.spec"
            yield from claim_warnings(template.get("spec") or {}, claim)


def source_warnings(volume: Object, path: str, sources: Iterable[str] = VOLUMES) -> list[str]:
    """About the source of a pod's volume, or of a PersistentVolume's spec; of `sources` only."""
    found = [name for name in sources if name in volume]
    return [f"{path}.{SPELLED.get(name, name)}: {VOLUMES[name]}" for name in found]


def _lists(spec: Object, path: str) -> Iterator[str]:
    seen: set[str] = set()
    for i, alias in enumerate(spec.get("hostAliases") or ()):
        ip = alias.get("ip", "")
        if ip in seen:
            yield f'{path}.hostAliases[{i}].ip: duplicate ip "{ip}"'
        seen.add(ip)
    seen = set()
    secrets = spec.get("imagePullSecrets") or []
    for i, secret in enumerate(secrets):
        name = secret.get("name", "")
        if name in seen:
            yield f'{path}.imagePullSecrets[{i}].name: duplicate name "{name}"'
        seen.add(name)
    for i, secret in enumerate(secrets):
        if not secret.get("name"):
            yield f'{path}.imagePullSecrets[{i}].name: invalid empty name ""'


def _fractions(amounts: dict[str, str], path: str) -> Iterator[str]:
    for name in ("memory", "ephemeral-storage"):
        if name in amounts and quantity.parse(amounts[name]).milli() % 1000:
            why = f'fractional byte value "{amounts[name]}" is invalid, must be an integer'
            yield f"{path}[{name}]: {why}"


def _profiles(container: Object, annotations: Object, notes: str) -> Iterator[str]:
    key = SECCOMP_CONTAINER + container.get("name", "")
    if key in annotations and "seccompProfile" not in (container.get("securityContext") or {}):
        yield f"{notes}[{key}]: {SECCOMP}"


def _app_armor(container: Object, annotations: Object, of_pod: Object | None, notes: str) -> Iterator[str]:
    """Of templates; a pod's annotations become fields, with a warning, before it is validated."""
    key = APP_ARMOR + container.get("name", "")
    if key not in annotations or (container.get("securityContext") or {}).get("appArmorProfile"):
        return
    if of_pod is None or of_pod != app_armor_profile(annotations[key]):
        yield f"{notes}[{key}]: {APP_ARMOR_FIELD}"


def _container(container: Object, path: str) -> Iterator[str]:
    resources = container.get("resources")
    if resources:
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        for name in ("memory", "ephemeral-storage"):
            for kind, amounts in (("limits", limits), ("requests", requests)):
                if name in amounts:
                    yield from _fractions({name: amounts[name]}, f"{path}.resources.{kind}")
    seen: set[str] = set()
    for i, variable in enumerate(container.get("env") or ()):
        name = variable.get("name", "")
        if name in seen and _hides(variable, f"$({name})"):
            why = f'hides previous definition of "{name}", which may be dropped when using apply'
            yield f"{path}.env[{i}]: {why}"
        seen.add(name)


def _hides(variable: Object, reference: str) -> bool:
    """A later value that builds on the earlier one is fine."""
    value = variable.get("value", "")
    return "valueFrom" in variable or value == reference or reference not in value


def _pod_affinity(affinity: Object, path: str) -> Iterator[str]:
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        for i, term in enumerate(rules.get(REQUIRED) or ()):
            if "labelSelector" not in term:
                yield f"{path}.{kind}.{REQUIRED}[{i}].labelSelector: {NULL_SELECTOR}"
        for i, weighted in enumerate(rules.get(PREFERRED) or ()):
            if "labelSelector" not in (weighted.get("podAffinityTerm") or {}):
                yield f"{path}.{kind}.{PREFERRED}[{i}].podAffinityTerm.labelSelector: {NULL_SELECTOR}"


def _addresses(spec: Object, path: str) -> Iterator[str]:
    for i, server in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        yield from ip_warnings(server, f"{path}.dnsConfig.nameservers[{i}]")
    for i, alias in enumerate(spec.get("hostAliases") or ()):
        yield from ip_warnings(alias.get("ip", ""), f"{path}.hostAliases[{i}].ip")
