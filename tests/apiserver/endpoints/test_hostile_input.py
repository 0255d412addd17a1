"""Whatever a client sends, no handler fails by surprise, and a refusal leaves the store as it was.

Some refusals are 500 upstream and so here; what must never come is the answer to an unforeseen exception.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wherry.apimachinery.protobuf import encode

from ..harness import CONFIG_MAPS, DEFAULT, PODS, Api, Reply, config_map, opened, pod

APPS = "/apis/apps/v1/namespaces/default"
ONCE = pod(restartPolicy="Never")["spec"]
BODIES: dict[str, dict[str, Any]] = {
    CONFIG_MAPS: config_map(data={"k": "v"}),
    PODS: pod(volumes=[{"name": "v", "emptyDir": {}}], tolerations=[{"key": "k", "operator": "Exists"}]),
    f"{DEFAULT}/services": {
        "metadata": {"name": "a"},
        "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}},
    },
    f"{APPS}/deployments": {
        "metadata": {"name": "a"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]},
        },
    },
    "/apis/rbac.authorization.k8s.io/v1/clusterroles": {
        "metadata": {"name": "a"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    },
    "/apis/batch/v1/namespaces/default/cronjobs": {
        "metadata": {"name": "a"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": ONCE}}}},
    },
}
PATHS = list(BODIES)
KINDS = {
    CONFIG_MAPS: ("ConfigMap", "v1"),
    PODS: ("Pod", "v1"),
    f"{DEFAULT}/services": ("Service", "v1"),
    f"{APPS}/deployments": ("Deployment", "apps/v1"),
    "/apis/rbac.authorization.k8s.io/v1/clusterroles": ("ClusterRole", "rbac.authorization.k8s.io/v1"),
    "/apis/batch/v1/namespaces/default/cronjobs": ("CronJob", "batch/v1"),
}
TRIES = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=6), v, max_size=3),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value could be replaced."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inside for place in places(below, (*path, key)))]


def spoiled(body: Any, place: tuple[Any, ...], by: Any) -> Any:
    """A copy of `body` with something else at a place."""
    if not place:
        return by
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[place[0]] = spoiled(body[place[0]], place[1:], by)
    return copy


@st.composite
def mutations(draw: st.DrawFn, path: str) -> Any:
    body = BODIES[path]
    return spoiled(body, draw(st.sampled_from(places(body))), draw(JSON))


def dumped(value: Any) -> bytes:
    """JSON as a careless client writes it: NaN, lone surrogates and all."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


Run = Callable[[Coroutine[Any, Any, None]], None]


@contextmanager
def server() -> Iterator[tuple[Api, Run]]:
    """One server for all examples of a test, and the way to run a coroutine on its loop."""
    with asyncio.Runner() as runner:
        manager = opened()
        api = runner.run(manager.__aenter__())
        yield api, runner.run
        runner.run(manager.__aexit__(None, None, None))


async def unharmed(api: Api, method: str, path: str, data: bytes, kind: str) -> Reply:
    """The reply, foreseen; a refusal has changed nothing."""
    before = api.revision
    reply = await api.ask(method, path, data, kind=kind)
    assert b"see the apiserver's log" not in reply.raw, data
    if reply.status >= 400:
        assert (orjson.loads(reply.body)["kind"], api.revision) == ("Status", before)
    return reply


@pytest.mark.parametrize("path", PATHS)
def test_creations_with_a_spoiled_field(path: str) -> None:
    async def scenario(api: Api, body: Any) -> None:
        reply = await unharmed(api, "POST", path, dumped(body), "application/json")
        if reply.status == 201:
            name = reply.json["metadata"]["name"]
            await api.ask("DELETE", f"{path}/{name}?gracePeriodSeconds=0")

    with server() as (api, run):

        @TRIES
        @given(mutations(path))
        def attempt(body: Any) -> None:
            run(scenario(api, body))

        attempt()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["merge-patch+json", "strategic-merge-patch+json"])
def test_patches_with_a_spoiled_field(path: str, kind: str) -> None:
    async def scenario(api: Api, body: Any) -> None:
        await api.create(path, BODIES[path])
        await unharmed(api, "PATCH", f"{path}/a", dumped(body), f"application/{kind}")
        await api.patch(f"{path}/a", {"metadata": {"finalizers": None}})
        await api.ask("DELETE", f"{path}/a?gracePeriodSeconds=0")

    with server() as (api, run):

        @TRIES
        @given(mutations(path))
        def attempt(body: Any) -> None:
            run(scenario(api, body))

        attempt()


@pytest.mark.parametrize("kind", ["json", "yaml", "vnd.kubernetes.protobuf"])
def test_bodies_of_random_bytes(kind: str) -> None:
    async def scenario(api: Api, data: bytes) -> None:
        for method, path in (("POST", CONFIG_MAPS), ("PUT", f"{CONFIG_MAPS}/a"), ("DELETE", CONFIG_MAPS)):
            await unharmed(api, method, path, data, f"application/{kind}")

    with server() as (api, run):

        @TRIES
        @given(st.binary(max_size=60) | st.text(max_size=40).map(dumped))
        def attempt(data: bytes) -> None:
            run(scenario(api, data))

        attempt()


@pytest.mark.parametrize("path", PATHS)
def test_protobuf_with_a_spoiled_byte(path: str) -> None:
    kind, api_version = KINDS[path]
    whole = encode({"kind": kind, "apiVersion": api_version, **BODIES[path]})

    async def scenario(api: Api, data: bytes) -> None:
        reply = await unharmed(api, "POST", path, data, "application/vnd.kubernetes.protobuf")
        if reply.status == 201:
            await api.ask("DELETE", f"{path}/{quote(reply.json['metadata']['name'])}?gracePeriodSeconds=0")

    with server() as (api, run):

        @TRIES
        @given(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=3))
        def attempt(at: int, by: bytes) -> None:
            run(scenario(api, whole[:at] + by + whole[at + len(by) :]))

        attempt()


def test_query_strings_of_random_text() -> None:
    names = (
        "limit",
        "continue",
        "labelSelector",
        "fieldSelector",
        "timeoutSeconds",
        "pretty",
        "includeObject",
    )
    choice = random.Random(5)

    async def scenario(api: Api, text: str) -> None:
        value = quote(text.encode("utf-8", "surrogatepass"))
        query = "&".join(f"{name}={value}" for name in choice.sample(names, 2))
        for path in (CONFIG_MAPS, f"{CONFIG_MAPS}/{value}", "/api/v1/pods"):
            assert (await api.get(f"{path}?{query}")).status < 500

    with server() as (api, run):

        @TRIES
        @given(st.text(max_size=12))
        def attempt(text: str) -> None:
            run(scenario(api, text))

        attempt()
