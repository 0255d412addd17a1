"""serviceaccounts/token: tokens of limited life, bound to what they are for."""

from __future__ import annotations

from typing import Any

import pytest

from ...harness import DEFAULT, PODS, Api, drive, pod

TOKEN = f"{DEFAULT}/serviceaccounts/default/token"


def test_a_token_lets_its_account_in() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(TOKEN, {"spec": {}})
        assert made["status"]["expirationTimestamp"] == "2026-01-01T01:00:00Z"
        headers = {"authorization": f"Bearer {made['status']['token']}"}
        reply = await api.ask("GET", PODS, headers=headers, anonymous=True)
        assert 'User "system:serviceaccount:default:default" cannot list' in reply.message

    drive(scenario)


def test_a_token_expires() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(TOKEN, {"spec": {"expirationSeconds": 600}})
        headers = {"authorization": f"Bearer {made['status']['token']}"}
        await api.clock.advance(700)
        assert (await api.ask("GET", PODS, headers=headers, anonymous=True)).status == 401

    drive(scenario)


def test_a_token_dies_with_its_pod() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(PODS, pod())
        ref = {"kind": "Pod", "apiVersion": "v1", "name": "a", "uid": made["metadata"]["uid"]}
        token = (await api.create(TOKEN, {"spec": {"boundObjectRef": ref}}))["status"]["token"]
        headers = {"authorization": f"Bearer {token}"}
        assert (await api.ask("GET", PODS, headers=headers, anonymous=True)).status == 403
        await api.ask("DELETE", f"{PODS}/a?gracePeriodSeconds=0")
        assert (await api.ask("GET", PODS, headers=headers, anonymous=True)).status == 401

    drive(scenario)


@pytest.mark.parametrize(
    ("spec", "status", "why"),
    [
        ({"expirationSeconds": 5}, 422, "may not specify a duration less than 10 minutes"),
        ({"expirationSeconds": 1 << 33}, 422, "may not specify a duration larger than 2^32 seconds"),
        ({"boundObjectRef": {"kind": "Boat"}}, 400, "cannot bind token to object of type"),
        ({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "b"}}, 404, 'pods "b" not found'),
        ({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "a", "uid": "x"}}, 409, "(x)"),
    ],
)
def test_what_is_refused(spec: Any, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        reply = await api.ask("POST", TOKEN, {"spec": spec})
        assert reply.status == status, reply.text
        assert why in reply.message

    drive(scenario)


def test_a_token_is_its_accounts() -> None:
    async def scenario(api: Api) -> None:
        account = (await api.get(f"{DEFAULT}/serviceaccounts/default")).json["metadata"]
        made = await api.create(TOKEN, {"metadata": {"uid": account["uid"]}, "spec": {}})
        assert [made["metadata"][key] for key in ("name", "uid")] == ["default", account["uid"]]
        other = await api.ask("POST", TOKEN, {"metadata": {"uid": "x"}, "spec": {}})
        assert other.status == 409
        assert "the UID in the token request (x) does not match" in other.message

    drive(scenario)


def test_an_account_that_is_not_there() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", f"{DEFAULT}/serviceaccounts/nope/token", {"spec": {}})
        assert (reply.status, reply.message) == (404, 'serviceaccounts "nope" not found')

    drive(scenario)
