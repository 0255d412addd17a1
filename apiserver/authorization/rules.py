"""RBAC policy rules as pure functions: matching one access, and one set of rules covering another.

A rule is the JSON object of `rbac.authorization.k8s.io/v1` PolicyRule. Source: the RBAC documentation and
API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...apimachinery.field import quote
from ..registry.strategy import Object

FULL_AUTHORITY: tuple[Object, ...] = (
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
)

_LABELS = {
    "apiGroups": "APIGroups",
    "resources": "Resources",
    "nonResourceURLs": "NonResourceURLs",
    "resourceNames": "ResourceNames",
    "verbs": "Verbs",
}
"""The parts of a rule in the order and under the names in which messages show them."""


def _field(rule: Object, name: str) -> Sequence[str]:
    return rule.get(name) or ()


def allows_verb_of(rule: Object, verb: str) -> bool:
    verbs = _field(rule, "verbs")
    return verb in verbs or "*" in verbs


def allows_resource(rule: Object, group: str, resource: str, subresource: str) -> bool:
    """Whether the rule speaks of this group and resource; verbs and names are not looked at."""
    groups, resources = _field(rule, "apiGroups"), _field(rule, "resources")
    if group not in groups and "*" not in groups:
        return False
    full = f"{resource}/{subresource}" if subresource else resource
    return "*" in resources or full in resources or (bool(subresource) and f"*/{subresource}" in resources)


def allows_path(rule: Object, verb: str, path: str) -> bool:
    return allows_verb_of(rule, verb) and any(_path_matches(p, path) for p in _field(rule, "nonResourceURLs"))


def _path_matches(pattern: str, path: str) -> bool:
    if pattern in ("*", path):
        return True
    return pattern.endswith("*") and path.startswith(pattern.rstrip("*"))


def missing_rights(held: Sequence[Object], wanted: Iterable[Object]) -> list[Object]:
    """The smallest pieces of `wanted` that no rule in `held` covers."""
    return [piece for rule in wanted for piece in _pieces(rule) if not any(_covers(h, piece) for h in held)]


def _pieces(rule: Object) -> Iterator[Object]:
    """The rule cut into one group, resource, verb and name (or URL and verb) each."""
    names = _field(rule, "resourceNames")
    for group in _field(rule, "apiGroups"):
        for resource in _field(rule, "resources"):
            for verb in _field(rule, "verbs"):
                piece = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                if names:
                    yield from ({**piece, "resourceNames": [name]} for name in names)
                else:
                    yield piece
    for path in _field(rule, "nonResourceURLs"):
        for verb in _field(rule, "verbs"):
            yield {"nonResourceURLs": [path], "verbs": [verb]}


def _covers(held: Object, piece: Object) -> bool:
    if not allows_verb_of(held, piece["verbs"][0]):
        return False
    if "nonResourceURLs" in piece:
        return any(_path_matches(p, piece["nonResourceURLs"][0]) for p in _field(held, "nonResourceURLs"))
    groups = _field(held, "apiGroups")
    if "*" not in groups and piece["apiGroups"][0] not in groups:
        return False
    if not _resource_covers(_field(held, "resources"), piece["resources"][0]):
        return False
    names = _field(held, "resourceNames")
    return not names or (bool(piece.get("resourceNames")) and piece["resourceNames"][0] in names)


def _resource_covers(held: Sequence[str], wanted: str) -> bool:
    if "*" in held or wanted in held:
        return True
    _, slash, subresource = wanted.partition("/")
    return bool(slash) and f"*/{subresource}" in held


def describe(rules: Iterable[Object]) -> list[str]:
    """Rules in upstream's compact notation, sorted; those of one resource are joined."""
    return sorted({_compact(rule) for rule in _joined(rules)})


def _joined(rules: Iterable[Object]) -> list[Object]:
    out: list[Object] = []
    by_target: dict[tuple[str, ...], Object] = {}
    for rule in rules:
        if "nonResourceURLs" in rule:
            out.append(rule)
            continue
        target = (rule["apiGroups"][0], rule["resources"][0], *rule.get("resourceNames", ()))
        known = by_target.get(target)
        if known is None:
            by_target[target] = {**rule, "verbs": list(rule["verbs"])}
        else:
            known["verbs"] += rule["verbs"]
    return out + list(by_target.values())


def _compact(rule: Object) -> str:
    parts = [f"{label}:{_quoted(rule[name])}" for name, label in _LABELS.items() if rule.get(name)]
    return "{" + ", ".join(parts) + "}"


def _quoted(values: Sequence[str]) -> str:
    return "[" + " ".join(quote(v) for v in values) + "]"
