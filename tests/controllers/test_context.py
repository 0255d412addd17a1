"""Controllers share what they watch, and watch no more than they need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from wherry.apimachinery.clock import SystemClock
from wherry.client.informer import Informer
from wherry.client.resources import CONFIGMAPS, SECRETS
from wherry.client.tasks import Tasks
from wherry.controllers.context import Informers

from tests.client import scripted
from tests.controllers.cluster import cluster
from tests.support import run


@asynccontextmanager
async def informers() -> AsyncIterator[Informers]:
    async def silent(request: web.Request) -> web.StreamResponse:
        return scripted.answer(scripted.status(503, "ServiceUnavailable", "not now"), 503)

    async with scripted.client_of(silent) as client, Tasks() as tasks:
        yield Informers(client, SystemClock(), tasks)


def test_whole_objects_serve_who_needs_their_metadata() -> None:
    async def go() -> None:
        async with informers() as shared:
            assert shared.metadata(CONFIGMAPS) is shared.metadata(CONFIGMAPS)
            assert shared.of(CONFIGMAPS) is not shared.metadata(SECRETS)
            whole = shared.of(SECRETS)
            assert whole is shared.of(SECRETS)
            assert shared.of(CONFIGMAPS) is shared.metadata(CONFIGMAPS)

    run(go())


def test_some_objects_do_not_stand_for_all() -> None:
    async def go() -> None:
        async with informers() as shared:
            some = shared.of(CONFIGMAPS, "metadata.name=a")
            assert some is shared.of(CONFIGMAPS, "metadata.name=a")
            assert some not in (shared.metadata(CONFIGMAPS), shared.of(CONFIGMAPS, "metadata.name=b"))

    run(go())


def test_what_is_no_longer_served_is_no_longer_watched() -> None:
    async def go() -> None:
        async with informers() as shared:
            before = {shared.metadata(CONFIGMAPS), shared.of(CONFIGMAPS, "metadata.name=a")}
            kept = shared.of(SECRETS)
            shared.drop(CONFIGMAPS)
            after: set[Informer] = {shared.metadata(CONFIGMAPS), shared.of(CONFIGMAPS, "metadata.name=a")}
            assert not before & after
            assert shared.of(SECRETS) is kept

    run(go())


def test_no_controller_keeps_what_is_in_config_maps_and_secrets(tmp_path: Path) -> None:
    async def go() -> None:
        async with cluster(tmp_path) as api:
            body = {"kind": "ConfigMap", "metadata": {"name": "much"}, "data": {"k": "v" * 1000}}
            made = await api.client.create(CONFIGMAPS, body, "default")
            context = api.manager.context
            assert context is not None
            collected = context.informers.metadata(CONFIGMAPS)
            while collected.get("default/much") is None:
                await api.until(CONFIGMAPS, "much", bool)
            meta = {name: made["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion")}
            assert collected.get("default/much") == {"metadata": meta}

    run(go(), 20)
