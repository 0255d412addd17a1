"""What is counted of webhooks, under upstream's names."""

from __future__ import annotations

from typing import Any

from ...harness import CONFIG_MAPS, Api, config_map, drive
from .hooks import configure, denying, serving_hooks

Object = dict[str, Any]


async def counted(api: Api, name: str) -> dict[str, str]:
    """The series of a metric, labels → value."""
    text = (await api.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith(f"apiserver_admission_{name}{{")]
    return dict(line.removeprefix(f"apiserver_admission_{name}").rsplit(" ", 1) for line in lines)


def test_calls_are_counted_by_their_outcome() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("no", code=700)
            await configure(api, "validating", hooks.hook("deny"))
            await configure(api, "mutating", hooks.hook("change"))
            await api.ask("POST", CONFIG_MAPS, config_map())
            common = 'operation="CREATE",rejected'
            assert await counted(api, "webhook_request_total") == {
                f'{{code="200",name="change.example.com",{common}="false",type="admit"}}': "1",
                f'{{code="600",name="deny.example.com",{common}="true",type="validating"}}': "1",
            }
            assert await counted(api, "webhook_rejection_count") == {
                '{error_type="no_error",name="deny.example.com",operation="CREATE",rejection_code="600",'
                'type="validating"}': "1"
            }
            durations = await counted(api, "webhook_admission_duration_seconds_count")
            assert list(durations.values()) == ["1", "1"]

    drive(scenario)


def test_calls_that_fail_are_told_apart() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            nowhere = {"url": "https://127.0.0.1:1/"}
            opened = hooks.hook("open", clientConfig=nowhere, failurePolicy="Ignore")
            await configure(api, "mutating", opened)
            await configure(api, "validating", hooks.hook("shut", clientConfig=nowhere))
            await api.ask("POST", CONFIG_MAPS, config_map())
            assert await counted(api, "webhook_fail_open_count") == {
                '{name="open.example.com",type="admit"}': "1"
            }
            (series,) = await counted(api, "webhook_rejection_count")
            assert 'error_type="calling_webhook_error"' in series

    drive(scenario)


def test_conditions_that_keep_a_hook_away_are_counted() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            never = [{"name": "never", "expression": "false"}]
            await configure(api, "validating", hooks.hook("look", matchConditions=never))
            await api.create(CONFIG_MAPS, config_map())
            assert await counted(api, "match_condition_exclusions_total") == {
                '{kind="webhook",name="look.example.com",operation="CREATE",type="validating"}': "1"
            }

    drive(scenario)
