"""What is counted about APIServices."""

from __future__ import annotations

from ..harness import Api, drive
from .extension import NAME, SERVICES, condition, joined


def test_an_unavailable_apiservice_is_shown_with_the_reason() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            text = (await api.get("/metrics")).text
            assert f'aggregator_unavailable_apiservice{{name="{NAME}"}} 0\n' in text
            await api.patch(f"{SERVICES}/{NAME}", {"spec": {"service": {"port": 444}}})
            await condition(api, "ServicePortError")
            text = (await api.get("/metrics")).text
            assert f'aggregator_unavailable_apiservice{{name="{NAME}"}} 1\n' in text
            labels = f'name="{NAME}",reason="ServicePortError"'
            assert f"aggregator_unavailable_apiservice_total{{{labels}}} 1\n" in text

    drive(scenario)
