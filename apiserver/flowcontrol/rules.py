"""Which requests a FlowSchema is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..endpoints.requestinfo import RequestInfo
from ..registry.strategy import Object, User

EVERY = "*"
_ACCOUNT = "system:serviceaccount:"


def matches(spec: Object, user: User, info: RequestInfo, path: str) -> bool:
    """Whether one of the schema's rules names both the user and what is asked."""
    return any(
        any(_is(user, subject) for subject in rule.get("subjects") or ())
        and (_resource(rule, info) if info.resource else _url(rule, info.verb, path))
        for rule in spec.get("rules") or ()
    )


def _is(user: User, subject: Object) -> bool:
    kind = subject.get("kind")
    if kind == "User":
        return (subject.get("user") or {}).get("name") in (EVERY, user.name)
    if kind == "Group":
        name = (subject.get("group") or {}).get("name")
        return name == EVERY or name in user.groups
    account = subject.get("serviceAccount") or {}
    prefix = f"{_ACCOUNT}{account.get('namespace', '')}:"
    if account.get("name") == EVERY:
        return user.name.startswith(prefix)
    return user.name == prefix + str(account.get("name", ""))


def _resource(rule: Object, info: RequestInfo) -> bool:
    resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
    return any(
        _in(info.verb, found.get("verbs"))
        and _in(resource, found.get("resources"))
        and _in(info.group, found.get("apiGroups"))
        and (
            _in(info.namespace, found.get("namespaces"))
            if info.namespace
            else bool(found.get("clusterScope"))
        )
        for found in rule.get("resourceRules") or ()
    )


def _url(rule: Object, verb: str, path: str) -> bool:
    return any(
        _in(verb, found.get("verbs")) and _under(path, found.get("nonResourceURLs") or ())
        for found in rule.get("nonResourceRules") or ()
    )


def _in(value: str, names: Sequence[str] | None) -> bool:
    return names is not None and (value in names or list(names) == [EVERY])


def _under(path: str, urls: Iterable[str]) -> bool:
    """Whether the path is one of the URLs or below it."""
    return any(
        url in (EVERY, path) or path.startswith(url.removesuffix(EVERY).rstrip("/") + "/") for url in urls
    )
