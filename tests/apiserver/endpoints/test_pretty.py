"""Who gets indented JSON: those who ask, and the programs that people read the answers of."""

from __future__ import annotations

import pytest

from ..harness import CONFIG_MAPS, Api, config_map, drive


@pytest.mark.parametrize(
    ("agent", "query", "indented"),
    [
        ("curl/8.5.0", "", True),
        ("Wget/1.21", "", True),
        ("Mozilla/5.0 (X11)", "", True),
        ("curl/8.5.0", "?pretty=false", False),
        ("curl/8.5.0", "?limit=5", True),
        ("kubectl/v1.36.2", "", False),
        ("kubectl/v1.36.2", "?pretty=true", True),
        ("kubectl/v1.36.2", "?pretty=t", True),
        ("kubectl/v1.36.2", "?pretty=", False),
        ("kubectl/v1.36.2", "?pretty=maybe", False),
    ],
)
def test_indentation(agent: str, query: str, indented: bool) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        for path in (CONFIG_MAPS, f"{CONFIG_MAPS}/a", f"{CONFIG_MAPS}/nope"):
            reply = await api.ask("GET", path + query, headers={"user-agent": agent})
            assert reply.text.startswith("{\n  ") == indented

    drive(scenario)
