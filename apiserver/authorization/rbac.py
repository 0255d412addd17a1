"""The RBAC authorizer: compiled once per user and group set, thrown away when a role or binding changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ...apimachinery.errors import qualified
from ..registry.strategy import Object, RevisedReader, User
from . import rules
from .attributes import NO_OPINION, Attributes, Decision

GROUP = "rbac.authorization.k8s.io"
_PLURALS = {"Role": "roles", "ClusterRole": "clusterroles"}
_MOST_SUBJECTS = 4096
"""Compiled subjects kept at once; a server with more callers than this compiles again now and then."""


class Grant(NamedTuple):
    """A role bound to the subject: `rules` of it, and the decision they lead to."""

    rules: tuple[Object, ...]
    decision: Decision


class Binding(NamedTuple):
    """A RoleBinding or ClusterRoleBinding that names the subject."""

    binding: Object
    described: str
    """The matching subject as reasons print it: `User "jane"`."""


class Subject:
    """What one user with one set of groups holds. Grants per access are looked up once, then cached."""

    __slots__ = ("_accesses", "cluster", "errors", "namespaced")

    def __init__(self) -> None:
        self.cluster: list[Grant] = []
        self.namespaced: dict[str, list[Grant]] = {}
        self.errors: dict[str, list[str]] = {}
        """Roles that could not be found, by the namespace of their binding ("" for the cluster's)."""
        self._accesses: dict[
            tuple[str, str, str, str, str], list[tuple[frozenset[str] | None, Decision]]
        ] = {}

    def grants(self, namespace: str) -> Iterator[Grant]:
        yield from self.cluster
        if namespace:
            yield from self.namespaced.get(namespace, ())

    def accesses(self, attrs: Attributes) -> list[tuple[frozenset[str] | None, Decision]]:
        """(names or None for all, decision) of every rule that allows the verb on the resource."""
        key = (attrs.verb, attrs.group, attrs.resource, attrs.subresource, attrs.namespace)
        found = self._accesses.get(key)
        if found is None:
            found = self._accesses[key] = [
                (frozenset(rule.get("resourceNames") or ()) or None, grant.decision)
                for grant in self.grants(attrs.namespace)
                for rule in grant.rules
                if rules.allows_verb_of(rule, attrs.verb)
                and rules.allows_resource(rule, attrs.group, attrs.resource, attrs.subresource)
            ]
        return found

    def troubles(self, namespace: str) -> list[str]:
        texts = self.errors.get("", []) + (self.errors.get(namespace, []) if namespace else [])
        return list(dict.fromkeys(texts))

    def refusal(self, namespace: str) -> Decision:
        texts = self.troubles(namespace) if self.errors else []
        if not texts:
            return NO_OPINION
        return Decision(False, "RBAC: " + (texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"))


class RbacAuthorizer:
    """Reads roles and bindings through `reader` whenever their revision has moved."""

    def __init__(self, reader: RevisedReader) -> None:
        self._reader = reader
        self._seen = -1
        self._subjects: dict[tuple[str, tuple[str, ...]], Subject] = {}
        self._by_user: dict[str, list[Object]] = {}
        self._by_group: dict[str, list[Object]] = {}

    def authorize(self, attrs: Attributes) -> Decision:
        subject = self.subject(attrs.user)
        if attrs.path:
            for grant in subject.cluster:
                if any(rules.allows_path(rule, attrs.verb, attrs.path) for rule in grant.rules):
                    return grant.decision
            return subject.refusal("")
        name = attrs.name
        for names, decision in subject.accesses(attrs):
            if names is None or name in names:
                return decision
        return subject.refusal(attrs.namespace)

    def rules_for(self, user: User, namespace: str) -> list[Object]:
        """Every rule the user holds in `namespace` (cluster-wide ones included), cluster bindings first."""
        return [rule for grant in self.subject(user).grants(namespace) for rule in grant.rules]

    def troubles(self, user: User, namespace: str) -> list[str]:
        """The roles that bindings name and that are not there."""
        return self.subject(user).troubles(namespace)

    def role_rules(self, role_ref: Object, namespace: str) -> list[Object] | None:
        """The rules of the role a binding refers to; None when there is no such role."""
        kind = role_ref.get("kind", "")
        if kind not in _PLURALS:
            return None
        where = namespace if kind == "Role" else ""
        role = self._reader.get(GROUP, _PLURALS[kind], where, role_ref.get("name", ""))
        return None if role is None else role.get("rules") or []

    def subject(self, user: User) -> Subject:
        seen = self._reader.revision(GROUP, "clusterroles", "clusterrolebindings", "roles", "rolebindings")
        if seen != self._seen:
            self._load()
            self._seen = seen
        key = (user.name, user.groups)
        found = self._subjects.get(key)
        if found is None:
            if len(self._subjects) >= _MOST_SUBJECTS:
                self._subjects.clear()
            found = self._subjects[key] = self._compile(user)
        return found

    def _load(self) -> None:
        """Sorts the bindings by the users and groups they name."""
        self._subjects.clear()
        by_user: dict[str, list[Object]] = defaultdict(list)
        by_group: dict[str, list[Object]] = defaultdict(list)
        for resource in ("clusterrolebindings", "rolebindings"):
            for binding in self._reader.list(GROUP, resource):
                for subject in binding.get("subjects") or ():
                    if subject.get("kind") == "Group":
                        by_group[subject["name"]].append(binding)
                    elif name := _user_name(subject, binding["metadata"].get("namespace", "")):
                        by_user[name].append(binding)
        self._by_user, self._by_group = by_user, by_group

    def _compile(self, user: User) -> Subject:
        out = Subject()
        for found in self._bindings_of(user):
            meta, ref = found.binding["metadata"], found.binding.get("roleRef") or {}
            namespace = meta.get("namespace", "")
            held = self.role_rules(ref, namespace)
            if held is None:
                missing = qualified(GROUP, ref.get("kind", "").lower())
                out.errors.setdefault(namespace, []).append(f'{missing} "{ref.get("name", "")}" not found')
                continue
            decision = Decision(True, _reason(found, ref))
            grants = out.namespaced.setdefault(namespace, []) if namespace else out.cluster
            grants.append(Grant(tuple(held), decision))
        return out

    def _bindings_of(self, user: User) -> list[Binding]:
        candidates = {id(b): b for b in self._by_user.get(user.name, ())}
        for group in user.groups:
            candidates.update((id(b), b) for b in self._by_group.get(group, ()))
        ordered = sorted(
            candidates.values(), key=lambda b: (b["metadata"].get("namespace", ""), b["metadata"]["name"])
        )
        return [Binding(b, _described(b, user)) for b in ordered]


def _user_name(subject: Object, namespace: str) -> str:
    """The user a subject stands for; a service account without namespace is of the binding's own."""
    if subject.get("kind") == "ServiceAccount":
        return f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
    return str(subject["name"]) if subject.get("kind") == "User" else ""


def _described(binding: Object, user: User) -> str:
    namespace = binding["metadata"].get("namespace", "")
    for subject in binding.get("subjects") or ():
        kind, name = subject.get("kind", ""), subject["name"]
        if kind == "Group" and name in user.groups:
            return f'Group "{name}"'
        if kind == "User" and name == user.name:
            return f'User "{name}"'
        if kind == "ServiceAccount" and _user_name(subject, namespace) == user.name:
            return f'ServiceAccount "{name}/{subject.get("namespace") or namespace}"'
    return ""


def _reason(found: Binding, ref: Object) -> str:
    meta = found.binding["metadata"]
    namespace = meta.get("namespace", "")
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    name = f"{meta['name']}/{namespace}" if namespace else meta["name"]
    role = f'{ref.get("kind", "")} "{ref.get("name", "")}"'
    return f'RBAC: allowed by {kind} "{name}" of {role} to {found.described}'
