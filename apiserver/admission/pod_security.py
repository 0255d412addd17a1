"""PodSecurity: a namespace's labels say how careful its pods must be.

Enforced on pods; objects that make pods are only warned about. Source: "Pod Security Admission" in the
Kubernetes documentation."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from ...apimachinery import errors, field
from ...apimachinery.field import FieldError
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, WRITES, Attributes, Plugin, forbidden
from .pod_security_checks import CheckFunction
from .pod_security_standards import LATEST, checks_for, evaluate

PREFIX = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)")
_MOST_PODS = 3000
"""Existing pods looked at when a namespace becomes stricter."""


class LevelVersion(NamedTuple):
    """`version` is "latest" or "v1.N"."""

    level: str = "privileged"
    version: str = "latest"

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"

    @property
    def rank(self) -> int:
        return _LEVELS.index(self.level)


class Policy(NamedTuple):
    enforce: LevelVersion = LevelVersion()
    warn: LevelVersion = LevelVersion()


_PRIVILEGED = Policy()


@lru_cache(maxsize=256)
def _checks(wanted: LevelVersion) -> tuple[CheckFunction, ...]:
    if wanted.level == "privileged":
        return ()
    minor = LATEST if wanted.version == "latest" else min(int(wanted.version[3:]), LATEST)
    return checks_for(wanted.level, minor)


def policy_of(labels: dict[str, str]) -> tuple[Policy, list[FieldError]]:
    """What the labels ask for, and what is wrong with them; a wrong enforce level counts as restricted."""
    problems: list[FieldError] = []

    def read(mode: str, fallback: str) -> LevelVersion:
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and level not in _LEVELS:
            problems.append(_label_error(mode, level, f"must be one of {', '.join(_LEVELS)}"))
            level = fallback
        if version is not None and version != "latest" and not _VERSION.fullmatch(version):
            problems.append(_label_error(f"{mode}-version", version, 'must be "latest" or "v1.x"'))
            version = "latest"
        return LevelVersion(level or "privileged", version or "latest")

    enforce = read("enforce", "restricted")
    enforce_ok = not any(p.field.endswith("enforce]") for p in problems)
    read("audit", "privileged")
    warn = read("warn", "privileged")
    if PREFIX + "warn" not in labels and enforce_ok and enforce.rank > warn.rank:
        version = warn.version if PREFIX + "warn-version" in labels else enforce.version
        warn = LevelVersion(enforce.level, version)
    return Policy(enforce, warn), problems


def _label_error(name: str, value: str, why: str) -> FieldError:
    return field.invalid(field.key("metadata.labels", PREFIX + name), value, why)


def _policy(reader: Reader, namespace: str) -> Policy:
    found = reader.get("", "namespaces", "", namespace)
    labels: dict[str, str] = (found or {}).get("metadata", {}).get("labels") or {}
    # Most namespaces carry one label, their name: nothing to evaluate then.
    if len(labels) < 2 and not any(name.startswith(PREFIX) for name in labels):
        return _PRIVILEGED
    return policy_of(labels)[0]


def _detail(wanted: LevelVersion, metadata: Object, spec: Object) -> str:
    findings = evaluate(_checks(wanted), metadata, spec)
    return ", ".join(f"{reason} ({detail})" if detail else reason for reason, detail in findings)


def _warn(attrs: Attributes, wanted: LevelVersion, metadata: Object, spec: Object) -> None:
    if attrs.warnings is None:
        return
    detail = _detail(wanted, metadata, spec)
    if detail:
        attrs.warnings.append(f'would violate PodSecurity "{wanted}": {detail}')


def _check_pod(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    policy = _policy(reader, attrs.namespace)
    if policy == _PRIVILEGED or (old is not None and not _matters(obj["spec"], old["spec"])):
        return
    detail = _detail(policy.enforce, obj["metadata"], obj["spec"])
    if detail:
        raise forbidden(attrs, f'violates PodSecurity "{policy.enforce}": {detail}', obj)
    _warn(attrs, policy.warn, obj["metadata"], obj["spec"])


def _matters(new: Object, old: Object) -> bool:
    """Whether an update changes an image or adds a container; nothing else that counts can change."""
    for key in ("containers", "initContainers"):
        now, was = new.get(key) or [], old.get(key) or []
        if len(now) != len(was) or any(
            a.get("image") != b.get("image") for a, b in zip(now, was, strict=True)
        ):
            return True
    known = {c["name"]: c.get("image") for c in old.get("ephemeralContainers") or ()}
    return any(known.get(c["name"], "") != c.get("image") for c in new.get("ephemeralContainers") or ())


def _template(obj: Object, resource: str) -> Object | None:
    holder: Any = obj if resource == "podtemplates" else obj.get("spec") or {}
    if resource == "cronjobs":
        holder = (holder.get("jobTemplate") or {}).get("spec") or {}
    found: Object | None = holder.get("template")
    return found


def _check_template(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    policy = _policy(reader, attrs.namespace)
    template = _template(obj, attrs.resource) if policy != _PRIVILEGED else None
    if template:
        _warn(attrs, policy.warn, template.get("metadata") or {}, template.get("spec") or {})


def _check_namespace(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    policy, problems = policy_of(obj["metadata"].get("labels") or {})
    before, old_problems = policy_of((old or {}).get("metadata", {}).get("labels") or {})
    if problems and (old is None or problems != old_problems):
        raise errors.invalid("", "Namespace", obj["metadata"].get("name", ""), problems)
    now, was = policy.enforce, before.enforce
    relaxed = now.version == was.version and now.rank <= was.rank
    if old is None or attrs.warnings is None or now == was or now.level == "privileged" or relaxed:
        return
    attrs.warnings.extend(_existing_pods(obj["metadata"]["name"], now, reader))


def _existing_pods(namespace: str, wanted: LevelVersion, reader: Reader) -> list[str]:
    """Warnings about the pods that are there and would not be let in any more."""
    pods = reader.list("", "pods", namespace)
    by_reason: dict[str, list[str]] = {}
    for pod in pods[:_MOST_PODS]:
        findings = evaluate(_checks(wanted), pod["metadata"], pod["spec"])
        if findings:
            by_reason.setdefault(", ".join(r for r, _ in findings), []).append(pod["metadata"]["name"])
    out = []
    if len(pods) > _MOST_PODS:
        out.append(
            f"new PodSecurity enforce level only checked against the first {_MOST_PODS} of {len(pods)} "
            "existing pods"
        )
    if by_reason:
        out.append(
            f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{wanted}"'
        )
    return out + sorted(_counted(names, reason) for reason, names in by_reason.items())


def _counted(names: list[str], reason: str) -> str:
    others = len(names) - 1
    more = "" if not others else " (and 1 other pod)" if others == 1 else f" (and {others} other pods)"
    return f"{min(names)}{more}: {reason}"


_TEMPLATES = (
    ("", "podtemplates"),
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
)
PLUGIN = Plugin(
    name="PodSecurity",
    on={
        ("", "pods"): frozenset({CREATE, UPDATE}),
        ("", "pods/ephemeralcontainers"): frozenset({UPDATE}),
        ("", "pods/resize"): frozenset({UPDATE}),
    },
    validate=_check_pod,
)
TEMPLATES = Plugin(name="PodSecurity", on=dict.fromkeys(_TEMPLATES, WRITES), validate=_check_template)
NAMESPACES = Plugin(name="PodSecurity", on={("", "namespaces"): WRITES}, validate=_check_namespace)
