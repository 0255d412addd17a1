"""Reviews are answered and never stored."""

from __future__ import annotations

from typing import Any

import pytest

from ...harness import DEFAULT, Api, drive

AUTHENTICATION = "/apis/authentication.k8s.io/v1"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"
ATTRIBUTES = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "default"}}


async def review(api: Api, path: str, spec: Any) -> Any:
    before = api.revision
    reply = await api.ask("POST", path, {"spec": spec})
    assert (reply.status, api.revision) == (201, before), reply.text
    return reply.json["status"]


def test_who_i_am() -> None:
    async def scenario(api: Api) -> None:
        status = await review(api, f"{AUTHENTICATION}/selfsubjectreviews", {})
        assert status["userInfo"]["username"] == "kubernetes-admin"
        assert "system:masters" in status["userInfo"]["groups"]

    drive(scenario)


def test_what_i_may() -> None:
    async def scenario(api: Api) -> None:
        assert (await review(api, f"{AUTHORIZATION}/selfsubjectaccessreviews", ATTRIBUTES))["allowed"]
        rules = await review(api, f"{AUTHORIZATION}/selfsubjectrulesreviews", {"namespace": "default"})
        assert "resourceRules" in rules

    drive(scenario)


@pytest.mark.parametrize(("groups", "allowed"), [(["system:masters"], True), (["devs"], False)])
def test_what_others_may(groups: list[str], allowed: bool) -> None:
    async def scenario(api: Api) -> None:
        spec = {"user": "jane", "groups": groups, **ATTRIBUTES}
        assert (await review(api, f"{AUTHORIZATION}/subjectaccessreviews", spec))["allowed"] is allowed
        local = f"{AUTHORIZATION}/namespaces/default/localsubjectaccessreviews"
        assert (await review(api, local, spec))["allowed"] is allowed

    drive(scenario)


def test_whose_a_token_is() -> None:
    async def scenario(api: Api) -> None:
        path = f"{DEFAULT}/serviceaccounts/default/token"
        token = (await api.create(path, {"spec": {}}))["status"]["token"]
        status = await review(api, f"{AUTHENTICATION}/tokenreviews", {"token": token})
        assert status["authenticated"]
        assert status["user"]["username"] == "system:serviceaccount:default:default"
        assert not (await review(api, f"{AUTHENTICATION}/tokenreviews", {"token": "x"})).get("authenticated")

    drive(scenario)


def test_a_token_review_needs_a_token() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", f"{AUTHENTICATION}/tokenreviews", {"spec": {}})
        assert (reply.status, "token is required" in reply.message) == (400, True)

    drive(scenario)
