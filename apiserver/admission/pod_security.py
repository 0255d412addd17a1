"""PodSecurity: a namespace's labels say how careful its pods must be.

Enforced on pods; objects that make pods are only warned about. Source: "Pod Security Admission" in the
Kubernetes documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from ...apimachinery import errors, field
from ...apimachinery.field import FieldError
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, WRITES, Attributes, Plugin, forbidden
from .pod_security_checks import CheckFunction
from .pod_security_standards import LATEST, checks_for, evaluate

NAME = "PodSecurity"
PREFIX = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
VERSION = re.compile(r"v1\.(0|[1-9][0-9]{0,18})")
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
        return LEVELS.index(self.level)


class Policy(NamedTuple):
    enforce: LevelVersion = LevelVersion()
    warn: LevelVersion = LevelVersion()
    audit: LevelVersion = LevelVersion()

    @property
    def cares(self) -> bool:
        return any(mode.rank for mode in self)

    def alike(self, other: Policy) -> bool:
        """Whether it asks for the same; no version of privileged asks for anything."""
        return all(a == b or not (a.rank or b.rank) for a, b in zip(self, other, strict=True))


class Configuration(NamedTuple):
    """What holds where a namespace says nothing, as labels it might have; who and what is not looked at."""

    defaults: Mapping[str, str] = MappingProxyType({})
    usernames: frozenset[str] = frozenset()
    runtime_classes: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def exempts(self, attrs: Attributes, spec: Object) -> bool:
        return (
            attrs.namespace in self.namespaces
            or attrs.user.name in self.usernames
            or spec.get("runtimeClassName") in self.runtime_classes
        )


UNCONFIGURED = Configuration()
_NOTHING: Mapping[str, str] = MappingProxyType({})


@lru_cache(maxsize=256)
def _checks(wanted: LevelVersion) -> tuple[CheckFunction, ...]:
    if wanted.level == "privileged":
        return ()
    minor = LATEST if wanted.version == "latest" else min(int(wanted.version[3:]), LATEST)
    return checks_for(wanted.level, minor)


def policy_of(
    labels: dict[str, str], defaults: Mapping[str, str] = _NOTHING
) -> tuple[Policy, list[FieldError]]:
    """What the labels ask for before the defaults, and what is wrong with them; a wrong enforce level counts
    as restricted."""
    problems: list[FieldError] = []

    def read(mode: str, fallback: str) -> LevelVersion:
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and level not in LEVELS:
            problems.append(_label_error(mode, level, f"must be one of {', '.join(LEVELS)}"))
            level = fallback
        if version is not None and version != "latest" and not VERSION.fullmatch(version):
            problems.append(_label_error(f"{mode}-version", version, 'must be "latest" or "v1.x"'))
            version = "latest"
        usual = defaults.get(PREFIX + mode, "privileged"), defaults.get(f"{PREFIX}{mode}-version", "latest")
        return LevelVersion(level or usual[0], version or usual[1])

    enforce = read("enforce", "restricted")
    enforce_ok = not any(p.field.endswith("enforce]") for p in problems)
    audit = read("audit", "privileged")
    warn = read("warn", "privileged")
    chosen = PREFIX + "enforce" in labels and PREFIX + "warn" not in labels
    if chosen and enforce_ok and enforce.rank > warn.rank:
        version = warn.version if PREFIX + "warn-version" in labels else enforce.version
        warn = LevelVersion(enforce.level, version)
    return Policy(enforce, warn, audit), problems


def _labelled(policy: Policy, labels: dict[str, str]) -> Iterator[str]:
    """What of a policy the labels themselves ask for."""
    for mode in ("enforce", "audit", "warn"):
        wanted: LevelVersion = getattr(policy, mode)
        if wanted.rank and (PREFIX + mode in labels or f"{PREFIX}{mode}-version" in labels):
            yield f"{mode}={wanted}"


def _label_error(name: str, value: str, why: str) -> FieldError:
    return field.invalid(field.key("metadata.labels", PREFIX + name), value, why)


def _detail(wanted: LevelVersion, metadata: Object, spec: Object) -> str:
    findings = evaluate(_checks(wanted), metadata, spec)
    return ", ".join(f"{reason} ({detail})" if detail else reason for reason, detail in findings)


def _warn(attrs: Attributes, wanted: LevelVersion, metadata: Object, spec: Object) -> None:
    if attrs.warnings is None:
        return
    detail = _detail(wanted, metadata, spec)
    if detail:
        attrs.warnings.append(f'would violate PodSecurity "{wanted}": {detail}')


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


class _Checks:
    """The three looks: at pods, at what makes pods, at namespaces."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._usual = policy_of({}, config.defaults)[0]

    def _policy(self, reader: Reader, namespace: str) -> Policy:
        found = reader.get("", "namespaces", "", namespace)
        labels: dict[str, str] = (found or {}).get("metadata", {}).get("labels") or {}
        # Most namespaces carry one label, their name: nothing to evaluate then.
        if len(labels) < 2 and not any(name.startswith(PREFIX) for name in labels):
            return self._usual
        return policy_of(labels, self._config.defaults)[0]

    def pod(self, attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
        policy = self._policy(reader, attrs.namespace)
        if not (policy.enforce.rank or policy.warn.rank) or (
            old is not None and not _matters(obj["spec"], old["spec"])
        ):
            return
        if self._config.exempts(attrs, obj["spec"]):
            return
        detail = _detail(policy.enforce, obj["metadata"], obj["spec"])
        if detail:
            raise forbidden(attrs, f'violates PodSecurity "{policy.enforce}": {detail}', obj)
        _warn(attrs, policy.warn, obj["metadata"], obj["spec"])

    def template(self, attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
        policy = self._policy(reader, attrs.namespace)
        template = _template(obj, attrs.resource) if policy.warn.rank else None
        if template and not self._config.exempts(attrs, template.get("spec") or {}):
            _warn(attrs, policy.warn, template.get("metadata") or {}, template.get("spec") or {})

    def namespace(self, attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
        defaults, name = self._config.defaults, obj["metadata"].get("name", "")
        policy, problems = policy_of(obj["metadata"].get("labels") or {}, defaults)
        before, old_problems = policy_of((old or {}).get("metadata", {}).get("labels") or {}, defaults)
        if problems and (old is None or problems != old_problems):
            raise errors.invalid("", "Namespace", name, problems)
        now, was = policy.enforce, before.enforce
        relaxed = now.version == was.version and now.rank <= was.rank
        exempt = name in self._config.namespaces
        if attrs.warnings is None or (old is None and not exempt):
            return
        if old is not None and (now == was or now.level == "privileged" or relaxed):
            return
        if not exempt:
            attrs.warnings.extend(_existing_pods(name, now, reader))
        elif policy.cares and not policy.alike(self._usual):
            shown = ", ".join(_labelled(policy, obj["metadata"].get("labels") or {}))
            attrs.warnings.append(
                f'namespace "{name}" is exempt from Pod Security, and the policy ({shown}) will be ignored'
            )


def plugins(config: Configuration) -> tuple[Plugin, ...]:
    checks = _Checks(config)
    pods = {
        ("", "pods"): frozenset({CREATE, UPDATE}),
        ("", "pods/ephemeralcontainers"): frozenset({UPDATE}),
        ("", "pods/resize"): frozenset({UPDATE}),
    }
    return (
        Plugin(name=NAME, on=pods, validate=checks.pod),
        Plugin(name=NAME, on=dict.fromkeys(_TEMPLATES, WRITES), validate=checks.template),
        Plugin(name=NAME, on={("", "namespaces"): WRITES}, validate=checks.namespace),
    )
