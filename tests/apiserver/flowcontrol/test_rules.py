"""Which requests a FlowSchema is for."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.endpoints import requestinfo
from wherry.apiserver.flowcontrol.rules import matches
from wherry.apiserver.registry.strategy import User

JANE = User("jane", "", ("devs", "system:authenticated"))
ROBOT = User("system:serviceaccount:ns:robot")
ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
URLS = {"verbs": ["*"], "nonResourceURLs": ["*"]}
PODS = "/api/v1/namespaces/ns/pods"


def subject(kind: str, **fields: str) -> dict[str, Any]:
    return {"kind": kind, kind[0].lower() + kind[1:]: fields}


def fits(
    who: dict[str, Any],
    user: User = JANE,
    method: str = "GET",
    path: str = PODS,
    what: dict[str, Any] = ALL,
    urls: dict[str, Any] = URLS,
) -> bool:
    rule = {"subjects": [who], "resourceRules": [what], "nonResourceRules": [urls]}
    return matches({"rules": [rule]}, user, requestinfo.parse(method, path), path)


@pytest.mark.parametrize(
    ("who", "user", "wanted"),
    [
        (subject("User", name="jane"), JANE, True),
        (subject("User", name="*"), JANE, True),
        (subject("User", name="joe"), JANE, False),
        (subject("Group", name="devs"), JANE, True),
        (subject("Group", name="*"), ROBOT, True),
        (subject("Group", name="ops"), JANE, False),
        (subject("ServiceAccount", namespace="ns", name="robot"), ROBOT, True),
        (subject("ServiceAccount", namespace="ns", name="*"), ROBOT, True),
        (subject("ServiceAccount", namespace="n", name="*"), ROBOT, False),
        (subject("ServiceAccount", namespace="ns", name="rob"), ROBOT, False),
    ],
)
def test_subjects(who: dict[str, Any], user: User, wanted: bool) -> None:
    assert fits(who, user) is wanted


@pytest.mark.parametrize(
    ("change", "method", "path", "wanted"),
    [
        ({"verbs": ["list"]}, "GET", PODS, True),
        ({"verbs": ["create"]}, "GET", PODS, False),
        ({"resources": ["pods"]}, "GET", PODS, True),
        ({"resources": ["pods"]}, "GET", f"{PODS}/a/status", False),
        ({"resources": ["pods/status"]}, "GET", f"{PODS}/a/status", True),
        ({"apiGroups": [""]}, "GET", PODS, True),
        ({"apiGroups": ["apps"]}, "GET", PODS, False),
        ({"namespaces": ["ns"]}, "GET", PODS, True),
        ({"namespaces": ["other"]}, "GET", PODS, False),
        ({"clusterScope": False}, "GET", "/api/v1/nodes", False),
        ({"namespaces": []}, "GET", "/api/v1/nodes", True),
    ],
)
def test_resources(change: dict[str, Any], method: str, path: str, wanted: bool) -> None:
    assert fits(subject("Group", name="*"), JANE, method, path, {**ALL, **change}) is wanted


@pytest.mark.parametrize(
    ("urls", "path", "wanted"),
    [
        (["*"], "/version", True),
        (["/version"], "/version", True),
        (["/healthz"], "/healthz/etcd", True),
        (["/healthz/*"], "/healthz/etcd", True),
        (["/health"], "/healthz", False),
    ],
)
def test_urls(urls: list[str], path: str, wanted: bool) -> None:
    rule = {"verbs": ["get"], "nonResourceURLs": urls}
    assert fits(subject("Group", name="*"), path=path, urls=rule) is wanted
