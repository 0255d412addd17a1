"""The objects of priority and fairness are kept: conditions of FlowSchemas, and the default objects."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apiserver.bootstrap import flow_control
from wherry.apiserver.bootstrap.reconcile import restore
from wherry.apiserver.endpoints.internal import InternalWriter

from ..harness import Api, drive
from .test_requests import LEVELS, SCHEMAS, gate, level, schema


async def dangling(api: Api, status: str, name: str = "janes") -> dict[str, Any]:
    """The Dangling condition, once it says this."""
    async with api.watch(f"{SCHEMAS}?watch=1&fieldSelector=metadata.name={name}") as stream:
        while True:
            _, obj = await stream.event()
            for condition in obj["status"].get("conditions", []):
                if condition["status"] == status:
                    found: dict[str, Any] = condition
                    return found


def test_a_schema_without_its_level_dangles_until_that_is_made() -> None:
    async def scenario(api: Api) -> None:
        gate(api).start()
        await api.create(SCHEMAS, schema())
        found = await dangling(api, "True")
        start = 'This FlowSchema references the PriorityLevelConfiguration object named "narrow"'
        assert (found["type"], found["reason"]) == ("Dangling", "NotFound")
        assert found["message"] == f"{start} but there is no such object"
        await api.create(LEVELS, level())
        found = await dangling(api, "False")
        assert (found["reason"], found["message"]) == ("Found", f"{start} and it exists")

    drive(scenario)


def test_a_schema_dangles_again_when_its_level_is_gone() -> None:
    async def scenario(api: Api) -> None:
        gate(api).start()
        await api.create(LEVELS, level())
        await api.create(SCHEMAS, schema())
        await dangling(api, "False")
        await api.ask("DELETE", f"{LEVELS}/narrow")
        await dangling(api, "True")

    drive(scenario)


def test_default_objects_come_back_within_a_minute() -> None:
    async def scenario(api: Api) -> None:
        await restore(InternalWriter(api.app.server), flow_control.defaults("2026-01-01T00:00:00Z"))
        gate(api).start()
        await api.ask("DELETE", f"{SCHEMAS}/exempt")
        async with api.watch(f"{SCHEMAS}?watch=1&fieldSelector=metadata.name=exempt") as stream:
            await stream.reply_started()
            await asyncio.sleep(0)
            await api.clock.advance(60)
            assert await stream.names(1) == [("ADDED", "exempt")]

    drive(scenario)


def test_seats_move_every_ten_seconds() -> None:
    async def scenario(api: Api) -> None:
        await restore(InternalWriter(api.app.server), flow_control.defaults("2026-01-01T00:00:00Z"))
        gate(api).start()
        await asyncio.sleep(0)
        await api.clock.advance(10)
        levels = gate(api).config.levels
        assert {name: found.nominal for name, found in levels.items()} == {
            "catch-all": 13, "exempt": 0, "global-default": 49, "leader-election": 25, "node-high": 98,
            "system": 74, "workload-high": 98, "workload-low": 245,
        }  # fmt: skip
        assert gate(api).fair > 0

    drive(scenario)
