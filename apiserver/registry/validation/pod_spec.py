"""The spec of a pod or of a template: the order of the checks is upstream's."""

from __future__ import annotations

from ....apimachinery import field, names
from . import resources
from .affinity import validate_affinity
from .common import MAX_INT32, Errors, Object, invalid_struct, invalids, required_or_supported, struct
from .containers import (
    PodFacts,
    validate_containers,
    validate_ephemeral_containers,
    validate_image_spaces,
    validate_init_containers,
)
from .dns import validate_dns_config, validate_dns_policy, validate_host_aliases
from .env import validate_env_files
from .metadata import validate_labels
from .pod_resources import validate_pod_resources
from .ports import host_network_ports
from .scheduling import validate_scheduling_gates, validate_tolerations, validate_topology_spread
from .security import all_containers, validate_host_users, validate_os, validate_pod_security_context
from .volumes import validate_volumes
from .windows import validate_host_process

RESTART_POLICIES = ("Always", "OnFailure", "Never")


def validate_pod_spec(spec: Object, path: str, *, pod_name: str = "", is_pod: bool = False) -> Errors:
    """`is_pod` is false for the specs inside other kinds; `pod_name` is known for pods only."""
    errors: Errors = []
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is None:
        errors.append(field.required(f"{path}.terminationGracePeriodSeconds"))
    volumes, found = validate_volumes(
        spec.get("volumes") or (), f"{path}.volumes", pod_name=pod_name, is_pod=is_pod
    )
    errors += found
    claims = spec.get("resourceClaims") or []
    errors += _resource_claims(claims, f"{path}.resourceClaims")
    facts = PodFacts(
        volumes=volumes,
        claim_names=frozenset(claim.get("name", "") for claim in claims) - {""},
        grace=grace,
        restart_policy=spec.get("restartPolicy", ""),
        host_users=spec.get("hostUsers", True),
        is_pod=is_pod,
    )
    errors += _all_containers(spec, facts, path)
    if "resources" in spec:
        errors += validate_pod_resources(spec, f"{path}.resources", facts.claim_names)
    errors += host_network_ports(spec, path, is_pod)
    errors += _policies(spec, path)
    errors += _placement(spec, path)
    errors += validate_env_files(spec, path)
    if is_pod:
        errors += _only_for_pods(spec, path)
    return errors


def _all_containers(spec: Object, facts: PodFacts, path: str) -> Errors:
    main = spec.get("containers") or []
    errors = validate_containers(main, facts, f"{path}.containers")
    init = spec.get("initContainers")
    if init:
        errors += validate_init_containers(init, main, facts, f"{path}.initContainers")
    ephemeral = spec.get("ephemeralContainers")
    if ephemeral:
        others = [*main, *(init or [])]
        errors += validate_ephemeral_containers(ephemeral, others, facts, f"{path}.ephemeralContainers")
    return errors


def _policies(spec: Object, path: str) -> Errors:
    errors: Errors = []
    policy = spec.get("restartPolicy", "")
    if policy not in RESTART_POLICIES:
        errors += required_or_supported(policy, RESTART_POLICIES, f"{path}.restartPolicy")
    errors += validate_dns_policy(spec.get("dnsPolicy", ""), f"{path}.dnsPolicy")
    if "nodeSelector" in spec:
        errors += validate_labels(spec["nodeSelector"], f"{path}.nodeSelector")
    errors += validate_pod_security_context(spec, f"{path}.securityContext")
    if "affinity" in spec:
        errors += validate_affinity(spec["affinity"], f"{path}.affinity")
    if "dnsConfig" in spec or spec.get("dnsPolicy") == "None":
        dns = spec.get("dnsConfig")
        errors += validate_dns_config(dns, spec.get("dnsPolicy", ""), f"{path}.dnsConfig")
    for i, gate in enumerate(spec.get("readinessGates") or ()):
        kind = gate.get("conditionType", "")
        here = f"{path}.readinessGates[{i}].conditionType"
        errors += invalids(here, kind, names.qualified_name(kind))
    if "schedulingGates" in spec:
        errors += validate_scheduling_gates(spec["schedulingGates"], f"{path}.schedulingGates")
    if "topologySpreadConstraints" in spec:
        constraints = spec["topologySpreadConstraints"]
        errors += validate_topology_spread(constraints, f"{path}.topologySpreadConstraints")
    errors += validate_host_process(spec, all_containers(spec, path), path)
    return errors + validate_host_users(spec, path)


def _placement(spec: Object, path: str) -> Errors:
    errors: Errors = []
    if "hostnameOverride" in spec:
        errors += _hostname_override(spec, f"{path}.hostnameOverride")
    errors += _name(spec, "serviceAccountName", path) + _name(spec, "nodeName", path)
    if "activeDeadlineSeconds" in spec:
        deadline = spec["activeDeadlineSeconds"]
        if not 1 <= deadline <= MAX_INT32:
            why = names.in_range(1, MAX_INT32)
            errors.append(field.invalid(f"{path}.activeDeadlineSeconds", deadline, why))
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            errors += invalids(f"{path}.{name}", spec[name], names.dns1123_label(spec[name]))
    if "tolerations" in spec:
        errors += validate_tolerations(spec["tolerations"], f"{path}.tolerations")
    if "hostAliases" in spec:
        errors += validate_host_aliases(spec["hostAliases"], f"{path}.hostAliases")
    errors += _name(spec, "priorityClassName", path)
    if "runtimeClassName" in spec:
        name = spec["runtimeClassName"]
        errors += invalids(f"{path}.runtimeClassName", name, names.dns1123_subdomain(name))
    if "preemptionPolicy" in spec:
        allowed = ("PreemptLowerPriority", "Never")
        errors += required_or_supported(spec["preemptionPolicy"], allowed, f"{path}.preemptionPolicy")
    if "overhead" in spec:
        errors += resources.validate_requirements({"limits": spec["overhead"]}, f"{path}.overhead")
    return errors + validate_os(spec, path)


def _name(spec: Object, name: str, path: str) -> Errors:
    value = spec.get(name)
    if not value:
        return []
    messages = names.dns1123_subdomain(value)
    return invalids(f"{path}.{name}", value, messages) if messages else []


def _hostname_override(spec: Object, path: str) -> Errors:
    errors: Errors = []
    name = spec["hostnameOverride"]
    if spec.get("setHostnameAsFQDN"):
        errors.append(field.forbidden(path, "may not be specified when setHostnameAsFQDN is true"))
    if spec.get("hostNetwork"):
        errors.append(field.forbidden(path, "may not be specified when hostNetwork is true"))
    if len(name.encode()) > 64:
        errors.append(field.too_long(path, 64))
    return errors + invalids(path, name, names.dns1123_subdomain(name))


def _resource_claims(claims: list[Object], path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, claim in enumerate(claims):
        here, name = f"{path}[{i}]", claim.get("name", "")
        if not name:
            errors.append(field.required(f"{here}.name"))
        elif name in seen:
            errors.append(field.duplicate(f"{here}.name", name))
        else:
            errors += invalids(f"{here}.name", name, names.dns1123_label(name))
        seen.add(name)
        errors += _claim_source(claim, here)
    return errors


def _claim_source(claim: Object, path: str) -> Errors:
    sources = ("resourceClaimName", "resourceClaimTemplateName")
    given = [name for name in sources if name in claim]
    errors: Errors = []
    if len(given) != 1:
        shown = {"Name": claim.get("name", "")}
        shown |= {name[0].upper() + name[1:]: claim.get(name) for name in sources}
        why = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
        if given:
            why = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
        errors.append(invalid_struct(path, struct(shown, *shown), why))
    for name in given:
        errors += invalids(f"{path}.{name}", claim[name], names.dns1123_subdomain(claim[name]))
    return errors


def _only_for_pods(spec: Object, path: str) -> Errors:
    """What upstream tolerates in templates for compatibility."""
    errors: Errors = []
    if not spec.get("serviceAccountName"):
        for i, volume in enumerate(spec.get("volumes") or ()):
            for j, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
                if "serviceAccountToken" in source:
                    here = f"{path}.volumes[{i}].projected.sources[{j}].serviceAccountToken"
                    why = "must not be specified when serviceAccountName is not set"
                    errors.append(field.forbidden(here, why))
    for kind in ("containers", "initContainers"):
        for i, container in enumerate(spec.get(kind) or ()):
            errors += validate_image_spaces(container, f"{path}.{kind}[{i}]")
    return errors
