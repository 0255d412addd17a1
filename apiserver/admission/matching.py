"""Which requests a webhook or a policy is about: rules, selectors, and equivalent versions of a resource.

Source: k8s.io/apiserver pkg/admission/plugin/{webhook/predicates,policy/matching}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...apimachinery import errors, labels
from ...apimachinery.gvk import GroupVersionKind
from ...apimachinery.labels import Selector
from ..registry.strategy import Object, Reader
from .plugin import SERVER, Attributes

if TYPE_CHECKING:
    from ..endpoints.scope import Scope

ANY = "*"
GROUP = "admissionregistration.k8s.io"
EXEMPT = frozenset(
    f"{mode}{what}"
    for mode in ("Mutating", "Validating")
    for what in ("WebhookConfiguration", "AdmissionPolicy", "AdmissionPolicyBinding")
)
"""Kinds that no webhook and no policy sees, lest a cluster locks itself out."""


class Match(NamedTuple):
    """The resource a rule speaks of, which may be an equivalent of the requested one, and its kind."""

    group: str
    version: str
    resource: str
    gvk: GroupVersionKind


class Rule(NamedTuple):
    """One of `rules` (webhooks) or `resourceRules` (policies)."""

    operations: frozenset[str]
    groups: frozenset[str]
    versions: frozenset[str]
    resources: tuple[tuple[str, str], ...]
    """(resource, subresource)."""
    scope: str
    names: frozenset[str]

    @classmethod
    def of(cls, rule: Object) -> Rule:
        parts = (resource.partition("/") for resource in rule.get("resources") or ())
        return cls(
            frozenset(rule.get("operations") or ()),
            frozenset(rule.get("apiGroups") or ()),
            frozenset(rule.get("apiVersions") or ()),
            tuple((resource, subresource) for resource, _, subresource in parts),
            rule.get("scope") or ANY,
            frozenset(rule.get("resourceNames") or ()),
        )

    def covers(self, attrs: Attributes, where: Match) -> bool:
        """Whether it matches the operation under way, taken as one on `where`."""
        return (
            self.may_cover(attrs, where)
            and self._in_scope(attrs)
            and (not self.names or attrs.name in self.names)
        )

    def may_cover(self, attrs: Attributes, where: Match) -> bool:
        """The part of `covers` that is the same for every object of a resource."""
        return (
            (ANY in self.operations or attrs.operation in self.operations)
            and (ANY in self.groups or where.group in self.groups)
            and (ANY in self.versions or where.version in self.versions)
            and any(
                resource in (ANY, where.resource) and subresource in (ANY, attrs.subresource)
                for resource, subresource in self.resources
            )
        )

    def _in_scope(self, attrs: Attributes) -> bool:
        if self.scope == ANY:
            return True
        namespaced = bool(attrs.namespace) and not (attrs.resource == "namespaces" and not attrs.group)
        return namespaced == (self.scope == "Namespaced")


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a webhook, policy or binding says about the requests it wants."""

    rules: tuple[Rule, ...]
    excludes: tuple[Rule, ...]
    equivalent: bool
    namespaces: Selector
    objects: Selector
    everything: bool = False
    """No rules mean every resource (a binding's matchResources)."""

    @classmethod
    def of(cls, match: Object, rules: str = "resourceRules", *, everything: bool = False) -> Criteria:
        """From a MatchResources, or with `rules="rules"` from a webhook."""
        return cls(
            tuple(map(Rule.of, match.get(rules) or ())),
            tuple(map(Rule.of, match.get("excludeResourceRules") or ())),
            match.get("matchPolicy", "Equivalent") == "Equivalent",
            labels.from_label_selector(match.get("namespaceSelector") or {}),
            labels.from_label_selector(match.get("objectSelector") or {}),
            everything,
        )

    def match(
        self,
        attrs: Attributes,
        obj: Object | None,
        old: Object | None,
        reader: Reader,
        equivalents: Sequence[Match],
    ) -> Match | None:
        """How the request is to be shown; None when it is of no interest. 404 when its namespace does not
        exist."""
        if not self.objects.empty and not (_labelled(obj, self.objects) or _labelled(old, self.objects)):
            return None
        own = Match(attrs.group, attrs.version, attrs.resource, attrs.gvk)
        if self.excludes and self._first(self.excludes, attrs, own, equivalents) is not None:
            return None
        found = (
            own if self.everything and not self.rules else self._first(self.rules, attrs, own, equivalents)
        )
        if found is None or not in_namespaces(self.namespaces, attrs, obj, reader):
            return None
        return found

    def _first(
        self, rules: tuple[Rule, ...], attrs: Attributes, own: Match, equivalents: Sequence[Match]
    ) -> Match | None:
        if any(rule.covers(attrs, own) for rule in rules):
            return own
        if not self.equivalent:
            return None
        return next((where for rule in rules for where in equivalents if rule.covers(attrs, where)), None)


def _labelled(obj: Object | None, selector: Selector) -> bool:
    """Whether it is an object with metadata whose labels are chosen (options of a CONNECT have none)."""
    return obj is not None and "metadata" in obj and selector.matches(obj["metadata"].get("labels"))


def in_namespaces(selector: Selector, attrs: Attributes, obj: Object | None, reader: Reader) -> bool:
    """Whether the request's namespace is chosen; one without a namespace always is. 404."""
    name = attrs.of_namespace
    if selector.empty or (not name and attrs.resource != "namespaces"):
        return True
    if attrs.resource == "namespaces" and not attrs.subresource and attrs.operation in ("CREATE", "UPDATE"):
        return selector.matches(((obj or {}).get("metadata") or {}).get("labels"))
    found = reader.get("", "namespaces", "", name)
    if found is None:
        raise errors.not_found("", "namespaces", name)
    return selector.matches(found["metadata"].get("labels"))


def exempt(attrs: Attributes) -> bool:
    """Whether neither webhooks nor policies see the request: one about them, or the server's own. Upstream
    asks about the latter; but nobody could bring back a server that must ask before it may start."""
    return attrs.user is SERVER or (attrs.group == GROUP and attrs.kind in EXEMPT)


Scopes = Mapping[tuple[str, str, str], "Scope"]


def equivalents(scopes: Scopes, attrs: Attributes) -> tuple[Match, ...]:
    """The other served resources that show the same stored objects, with the same subresource."""
    own = scopes.get((attrs.group, attrs.version, attrs.resource))
    if own is None or own.resource.virtual:
        return ()
    return tuple(
        Match(scope.group, scope.resource.version, scope.plural, scope.body_gvk(attrs.subresource))
        for scope in scopes.values()
        if scope.cache is own.cache
        and scope is not own
        and (not attrs.subresource or attrs.subresource in scope.subresources)
    )
