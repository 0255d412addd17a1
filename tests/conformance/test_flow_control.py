"""Priority and fairness (upstream: test/e2e/apimachinery/flowcontrol.go, the test that is no load test;
FlowSchemas and PriorityLevelConfigurations as objects are in test_api_operations.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
PATH = "/apis/flowcontrol.apiserver.k8s.io/v1"


@pytest.fixture
def level(api: Api) -> Iterator[Object]:
    limited = {"nominalConcurrencyShares": 1, "limitResponse": {"type": "Reject"}}
    body = {"metadata": {"name": unique("e2e-level")}, "spec": {"type": "Limited", "limited": limited}}
    with api.having(f"{PATH}/prioritylevelconfigurations", body) as found:
        yield found


@pytest.fixture
def flow(api: Api, level: Object) -> Iterator[Object]:
    """Of the user who is called like it."""
    name = unique("e2e-flow")
    user = {"kind": "User", "user": {"name": name}}
    rule = {
        "subjects": [user],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        "resourceRules": [
            {
                "verbs": ["*"],
                "apiGroups": ["*"],
                "resources": ["*"],
                "namespaces": ["*"],
                "clusterScope": True,
            }
        ],
    }
    spec = {
        "matchingPrecedence": 1000,
        "priorityLevelConfiguration": {"name": level["metadata"]["name"]},
        "distinguisherMethod": {"type": "ByUser"},
        "rules": [rule],
    }
    with api.having(f"{PATH}/flowschemas", {"metadata": {"name": name}, "spec": spec}) as found:
        yield found


def marks(api: Api, user: str) -> tuple[str, str]:
    """The uids of the level and the schema that a user's request was counted in."""
    headers = {"Impersonate-User": user, "Impersonate-Group": "system:authenticated"}
    found = api.http.get("/version", headers=headers).headers
    return found["x-kubernetes-pf-prioritylevel-uid"], found["x-kubernetes-pf-flowschema-uid"]


def test_requests_are_classified(api: Api, level: Object, flow: Object) -> None:
    """«should ensure that requests can be classified by adding FlowSchema and PriorityLevelConfiguration»"""
    name = flow["metadata"]["name"]

    def settled() -> bool:
        conditions = api.get(f"{PATH}/flowschemas/{name}")["status"].get("conditions") or ()
        return any(one["type"] == "Dangling" and one["status"] == "False" for one in conditions)

    until(settled)
    text = api.ask("GET", "/metrics").text
    wanted = f'apiserver_flowcontrol_nominal_limit_seats{{priority_level="{level["metadata"]["name"]}"}}'
    assert wanted in text
    assert marks(api, name) == (level["metadata"]["uid"], flow["metadata"]["uid"])
    other = marks(api, "somebody-else")
    assert all(other) and other != marks(api, name)
