"""Containers: main, init and ephemeral."""

from __future__ import annotations

from typing import NamedTuple

from ....apimachinery import field, names
from .common import Errors, Object, invalids, required_or_supported, supported
from .env import validate_env, validate_env_from
from .mounts import validate_devices, validate_mounts
from .ports import host_port_conflicts, validate_container_ports
from .probes import validate_lifecycle, validate_probes
from .resources import validate_requirements
from .security import validate_security_context
from .volume_sources import Volumes, pull_policy

MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
RESTART_POLICIES = ("Always", "Never", "OnFailure")
RULE_ACTIONS = ("Restart", "RestartAllContainers")
MAX_RULES = 20
MAX_EXIT_CODES = 255
NO_RESTART = "must not be set to 'RestartContainer' for non-sidecar initContainers"
NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always"
NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container"
EPHEMERAL_FORBIDS = (
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
)


class PodFacts(NamedTuple):
    """What containers need to know of their pod."""

    volumes: Volumes
    claim_names: frozenset[str]
    grace: int | None
    restart_policy: str
    host_users: bool
    is_pod: bool


def validate_containers(containers: list[Object], facts: PodFacts, path: str) -> Errors:
    if not containers:
        return [field.required(path)]
    errors: Errors = []
    seen: set[str] = set()
    for i, container in enumerate(containers):
        here = f"{path}[{i}]"
        errors += _common(container, facts, here)
        name = container.get("name", "")
        if name in seen:
            errors.append(field.duplicate(f"{here}.name", name))
        seen.add(name)
        if "lifecycle" in container:
            errors += validate_lifecycle(container["lifecycle"], facts.grace, f"{here}.lifecycle")
        errors += validate_probes(container, here)
        errors += _restart_rules(container, here)
    return errors + host_port_conflicts(containers, path)


def validate_init_containers(
    containers: list[Object], main: list[Object], facts: PodFacts, path: str
) -> Errors:
    errors: Errors = []
    seen = {container.get("name", "") for container in main}
    for i, container in enumerate(containers):
        here = f"{path}[{i}]"
        errors += _common(container, facts, here)
        errors += _init_rules(container, here)
        name = container.get("name", "")
        if name in seen:
            errors.append(field.duplicate(f"{here}.name", name))
        elif name:
            seen.add(name)
        errors += host_port_conflicts([container], path)
        errors += _init_only(container, facts, here)
    return errors


def _init_only(container: Object, facts: PodFacts, path: str) -> Errors:
    if container.get("restartPolicy") == "Always":
        errors: Errors = []
        if "lifecycle" in container:
            errors += validate_lifecycle(container["lifecycle"], facts.grace, f"{path}.lifecycle")
        return errors + validate_probes(container, path)
    return [
        field.forbidden(f"{path}.{name}", NOT_FOR_INIT)
        for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
        if name in container
    ]


def validate_init_resizes(spec: Object, path: str) -> Errors:
    """Of new specs: what ends by itself is not restarted for a resize. Pods that were made with it stay."""
    return [
        field.invalid(
            f"{path}.initContainers[{i}].resizePolicy[{j}].restartPolicy", "RestartContainer", NO_RESTART
        )
        for i, container in enumerate(spec.get("initContainers") or ())
        if container.get("restartPolicy") != "Always"
        for j, entry in enumerate(container.get("resizePolicy") or ())
        if entry.get("restartPolicy") == "RestartContainer"
    ]


def _init_rules(container: Object, path: str) -> Errors:
    """Rules that go with no policy are not looked at."""
    errors = _restart_rules(container, path)
    return errors if "restartPolicy" in container else errors[:1]


def validate_ephemeral_containers(
    containers: list[Object], others: list[Object], facts: PodFacts, path: str
) -> Errors:
    errors: Errors = []
    targets = {container.get("name", "") for container in others}
    seen = set(targets)
    for i, container in enumerate(containers):
        here = f"{path}[{i}]"
        errors += _common(container, facts, here) + validate_image_spaces(container, here)
        name, target = container.get("name", ""), container.get("targetContainerName")
        if name in seen:
            errors.append(field.duplicate(f"{here}.name", name))
        seen.add(name)
        if target and target not in targets:
            errors.append(field.not_found(f"{here}.targetContainerName", target))
        errors += _ephemeral_only(container, here)
    return errors


def _ephemeral_only(container: Object, path: str) -> Errors:
    errors = [
        field.forbidden(f"{path}.{name}", NOT_FOR_EPHEMERAL)
        for name in EPHEMERAL_FORBIDS
        if container.get(name) or (name in container and container[name] != {} and name != "ports")
    ]
    for i, mount in enumerate(container.get("volumeMounts") or ()):
        for name in ("subPath", "subPathExpr"):
            if mount.get(name):
                errors.append(field.forbidden(f"{path}.volumeMounts[{i}].{name}", NOT_FOR_EPHEMERAL))
    return errors


def validate_image_spaces(container: Object, path: str) -> Errors:
    image = container.get("image", "")
    if image == image.strip():
        return []
    return [field.invalid(f"{path}.image", image, "must not have leading or trailing whitespace")]


def _common(container: Object, facts: PodFacts, path: str) -> Errors:
    errors: Errors = []
    name = container.get("name")
    if not name:
        errors.append(field.required(f"{path}.name"))
    else:
        messages = names.dns1123_label(name)
        if messages:
            errors += invalids(f"{path}.name", name, messages)
    if not container.get("image"):
        errors.append(field.required(f"{path}.image"))
    policy = container.get("terminationMessagePolicy", "")
    if policy not in MESSAGE_POLICIES:
        errors += required_or_supported(policy, MESSAGE_POLICIES, f"{path}.terminationMessagePolicy")
    return errors + _parts(container, facts, path)


def _parts(container: Object, facts: PodFacts, path: str) -> Errors:
    errors: Errors = []
    if "ports" in container:
        errors += validate_container_ports(container["ports"], f"{path}.ports")
    if "env" in container:
        errors += validate_env(container["env"], f"{path}.env")
    if "envFrom" in container:
        errors += validate_env_from(container["envFrom"], f"{path}.envFrom")
    if "volumeMounts" in container:
        errors += validate_mounts(container, facts.volumes, f"{path}.volumeMounts")
    if "volumeDevices" in container:
        errors += validate_devices(container, facts.volumes, f"{path}.volumeDevices")
    errors += pull_policy(container.get("imagePullPolicy", ""), f"{path}.imagePullPolicy")
    if container.get("resources"):
        here = f"{path}.resources"
        errors += validate_requirements(container["resources"], here, claim_names=facts.claim_names)
    if "resizePolicy" in container:
        errors += _resize(container["resizePolicy"], facts.restart_policy, f"{path}.resizePolicy")
    if container.get("securityContext"):
        here = f"{path}.securityContext"
        errors += validate_security_context(container["securityContext"], here, facts.host_users)
    return errors


def _resize(policies: list[Object], restart_policy: str, path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, entry in enumerate(policies):
        name, policy = entry.get("resourceName", ""), entry.get("restartPolicy", "")
        if name in seen:
            errors.append(field.duplicate(f"{path}[{i}]", name))
        seen.add(name)
        errors += required_or_supported(name, ("cpu", "memory"), path)
        errors += required_or_supported(policy, ("NotRequired", "RestartContainer"), path)
        if restart_policy == "Never" and policy != "NotRequired":
            why = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
            errors.append(field.invalid(path, policy, why))
    return errors


def _restart_rules(container: Object, path: str) -> Errors:
    errors: Errors = []
    rules = container.get("restartPolicyRules") or []
    if "restartPolicy" in container:
        errors += supported(container["restartPolicy"], RESTART_POLICIES, f"{path}.restartPolicy")
    elif rules:
        why = "must specify restartPolicy when restart rules are used"
        errors.append(field.required(f"{path}.restartPolicy", why))
    if len(rules) > MAX_RULES:
        errors.append(field.too_long(f"{path}.restartPolicyRules", MAX_RULES))
    for i, rule in enumerate(rules):
        errors += _restart_rule(rule, f"{path}.restartPolicyRules[{i}]")
    return errors


def _restart_rule(rule: Object, path: str) -> Errors:
    action, codes = rule.get("action", ""), rule.get("exitCodes")
    errors = required_or_supported(action, RULE_ACTIONS, f"{path}.action")
    if codes is None:
        return [*errors, field.required(f"{path}.exitCodes", "must be specified")]
    errors += supported(codes.get("operator", ""), ("In", "NotIn"), f"{path}.exitCodes.operator")
    if len(codes.get("values") or ()) > MAX_EXIT_CODES:
        errors.append(field.too_long(f"{path}.exitCodes.values", MAX_EXIT_CODES))
    return errors
