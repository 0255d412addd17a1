"""Objects nested deeper than the server follows are refused, and nothing is stored of them."""

from __future__ import annotations

import pytest

from ..harness import Api, drive

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def definition(levels: int) -> bytes:
    """One whose schema has so many levels."""
    inner = '{"type":"object","properties":{"a":' * levels + '{"type":"string"}' + "}}" * levels
    version = '{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":' + inner + "}}"
    names = '"names":{"plural":"widgets","kind":"Widget"}'
    spec = '{"group":"example.com","scope":"Namespaced",' + names + ',"versions":[' + version + "]}"
    return ('{"metadata":{"name":"widgets.example.com"},"spec":' + spec + "}").encode()


@pytest.mark.parametrize("levels", [200, 400, 5000])
def test_too_deep(levels: int) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", DEFINITIONS, definition(levels))
        assert reply.status == 400
        assert "max depth" in reply.message
        assert (await api.get(f"{DEFINITIONS}/widgets.example.com")).status == 404

    drive(scenario)


def test_what_people_write_is_not() -> None:
    async def scenario(api: Api) -> None:
        assert (await api.ask("POST", DEFINITIONS, definition(60))).status == 201

    drive(scenario)
