"""What is counted of a client's requests, and how it is told."""

from __future__ import annotations

import pytest
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.config import ClientConfig
from wherry.client.errors import Unreachable
from wherry.client.resources import CONFIGMAPS
from wherry.client.tally import Counts, Distributions

from tests.client import scripted
from tests.support import run


def told(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_counts_and_distributions_are_told_as_prometheus_reads_them() -> None:
    registry = CollectorRegistry()
    counts = Counts("a_thing_total", "Things", ("kind",), registry)
    Counts("a_whim", "Whims", (), registry).add(())
    spread = Distributions("a_size", "Sizes", ("kind",), (1, 10), registry)
    for value in (1, 5, 50):
        counts.add(("x",))
        spread.observe(("x",), value)
    text = generate_latest(registry).decode()
    for line in (
        'a_thing_total{kind="x"} 3.0',
        "a_whim 1.0",
        'a_size_bucket{kind="x",le="1.0"} 1.0',
        'a_size_bucket{kind="x",le="10.0"} 2.0',
        'a_size_bucket{kind="x",le="+Inf"} 3.0',
        'a_size_sum{kind="x"} 56.0',
        'a_size_count{kind="x"} 3.0',
    ):
        assert line in text


async def answer(request: web.Request) -> web.Response:
    return scripted.answer({}, 404 if request.path.endswith("absent") else 200)


def test_answers_are_counted_by_method_and_code_with_time_and_size() -> None:
    async def go() -> None:
        async with scripted.client_of(answer) as client:
            host = client.config.server.removeprefix("http://")
            await client.create(CONFIGMAPS, {"metadata": {"namespace": "a", "name": "x"}})
            with pytest.raises(StatusError):
                await client.get(CONFIGMAPS, "absent", "a")
            await client.raw("GET", "/healthz")
        of = {"verb": "POST", "host": host}
        assert told("rest_client_requests_total", code="200", method="POST", host=host) == 1
        assert told("rest_client_requests_total", code="404", method="GET", host=host) == 1
        assert told("rest_client_requests_total", code="200", method="GET", host=host) == 1
        assert told("rest_client_request_duration_seconds_count", **of) == 1
        assert told("rest_client_request_size_bytes_sum", **of) > told(
            "rest_client_response_size_bytes_sum", **of
        )

    run(go())


def test_an_answer_that_does_not_come_is_an_error() -> None:
    async def go() -> None:
        async with Client(ClientConfig("http://127.0.0.1:1")) as client:
            with pytest.raises(Unreachable):
                await client.get(CONFIGMAPS, "x", "a")
        labels = {"code": "<error>", "method": "GET", "host": "127.0.0.1:1"}
        assert told("rest_client_requests_total", **labels) == 1

    run(go())
