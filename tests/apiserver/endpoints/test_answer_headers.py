"""Headers that answers carry whatever they say: what the request is called, and that no browser may guess."""

from __future__ import annotations

import uuid

import pytest

from ..harness import CONFIG_MAPS, DEFAULT, Api, config_map, drive

PATHS = ["/api/v1/namespaces", "/api/v1/nope", "/version", "/readyz", "/apis", f"{CONFIG_MAPS}/none"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_what_its_request_is_called(path: str) -> None:
    async def scenario(api: Api) -> None:
        names = [(await api.get(path)).header("audit-id") for _ in range(3)]
        assert len({uuid.UUID(name) for name in names}) == 3

    drive(scenario)


@pytest.mark.parametrize("path", PATHS)
def test_a_client_may_call_it_something_else(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("GET", path, headers={"audit-id": "my call"})
        assert reply.header("audit-id") == "my call"

    drive(scenario)


def test_so_does_a_watch() -> None:
    async def scenario(api: Api) -> None:
        async with api.watch(f"{CONFIG_MAPS}?watch=1") as stream:
            await stream.reply_started()
            assert uuid.UUID(stream.reply.header("audit-id"))

    drive(scenario)


def test_a_refusal_is_nothing_else_than_it_says() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("GET", CONFIG_MAPS, anonymous=True)
        assert (reply.status, reply.header("x-content-type-options")) == (403, "nosniff")

    drive(scenario)


@pytest.mark.parametrize("query", ["limit=%zz", "limit=1;", "limit=%2", "a=1;b=2&limit=%"])
def test_a_pair_that_cannot_be_read_is_left_out(query: str) -> None:
    async def scenario(api: Api) -> None:
        for name in ("a", "b"):
            await api.create(CONFIG_MAPS, config_map(name))
        reply = await api.get(f"{CONFIG_MAPS}?{query}&labelSelector=")
        assert (reply.status, len(reply.json["items"])) == (200, 2)

    drive(scenario)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/bindings",
        "/apis/authorization.k8s.io/v1/localsubjectaccessreviews",
        "/api/v1/watch/componentstatuses",
        f"/api/v1/watch{DEFAULT.removeprefix('/api/v1')}/bindings",
    ],
)
def test_what_cannot_be_listed_has_no_path_across_namespaces_and_none_to_be_watched(
    method: str, path: str
) -> None:
    async def scenario(api: Api) -> None:
        assert (await api.ask(method, path)).status == 404

    drive(scenario)
