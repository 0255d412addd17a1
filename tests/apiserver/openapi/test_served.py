"""Every operation in the documents is one that the server answers."""

from __future__ import annotations

from wherry.apiserver.endpoints.openapi.operations import Operation, operations
from wherry.apiserver.registry import catalog

from ..harness import Api, drive

LONG = ("connect", "watch", "watchlist")
"""Actions that are no single exchange."""
NOT_THERE = ("page not found", "could not find the requested resource")


def the_operations() -> list[Operation]:
    found = [operation for resource in catalog.resources() for operation in operations(resource)]
    return [operation for operation in found if operation.action not in LONG]


async def unserved(api: Api, operation: Operation) -> bool:
    path = operation.path.replace("{namespace}", "default").replace("{name}", "nothing")
    kind = "application/merge-patch+json" if operation.method == "patch" else "application/json"
    body: dict[str, object] | None = {} if operation.method in ("post", "put", "patch") else None
    reply = await api.ask(operation.method.upper(), path, body, kind=kind)
    return reply.status == 405 or (reply.status == 404 and any(text in reply.text for text in NOT_THERE))


def test_no_operation_is_documented_and_not_served() -> None:
    async def scenario(api: Api) -> None:
        missing = [f"{o.method} {o.path}" for o in the_operations() if await unserved(api, o)]
        assert missing == []

    drive(scenario)


def test_operation_ids_are_unique() -> None:
    ids = [operation.operation_id for resource in catalog.resources() for operation in operations(resource)]
    assert len(ids) == len(set(ids))


def test_a_delete_says_whether_the_object_comes_back() -> None:
    answers = {o.path.rsplit("/", 2)[-2]: o.response for o in the_operations() if o.action == "delete"}
    assert answers["pods"] == "core.v1.Pod"
    assert answers["configmaps"] == answers["namespaces"] == "meta.v1.Status"
