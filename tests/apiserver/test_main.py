"""The API server as a process: up with its defaults in place, down without leaving anything behind."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import aiohttp
import pytest
from wherry.apimachinery.clock import SystemClock
from wherry.apiserver import main, serve
from wherry.apiserver.app import known_kinds, schema_of
from wherry.apiserver.registry.catalog import resources
from wherry.apiserver.settings import Settings

from tests.e2e.local import free_port
from tests.support import run


def settings(folder: Path, storage: str = "memory") -> Settings:
    return Settings(data_dir=folder, port=free_port(), internal="", storage=storage)


async def ask(wanted: Settings, path: str) -> tuple[int, str]:
    pki = wanted.data_dir / "pki"
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    async with aiohttp.ClientSession() as session, session.get(wanted.url + path, ssl=context) as reply:
        return reply.status, await reply.text()


async def visited(wanted: Settings, path: str) -> tuple[int, str]:
    """What one whole life of a server answers at a path."""
    ready = asyncio.Event()
    life = asyncio.create_task(main.run(wanted, SystemClock(), ready=ready), name="server")
    waiting = asyncio.create_task(ready.wait(), name="ready")
    await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    answer = await ask(wanted, path)
    life.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await life
    return answer


def test_a_new_server_is_ready(tmp_path: Path) -> None:
    assert run(visited(settings(tmp_path), "/readyz")) == (200, "ok")


def test_its_defaults_are_there_at_once(tmp_path: Path) -> None:
    status, text = run(visited(settings(tmp_path), "/api/v1/namespaces/default/services/kubernetes"))
    assert (status, '"clusterIP":"127.48.0.1"' in text) == (200, True)


def test_a_second_life_finds_what_the_first_one_stored(tmp_path: Path) -> None:
    wanted = settings(tmp_path, "sqlite")
    path = "/api/v1/namespaces/kube-system"
    assert run(visited(wanted, path)) == run(visited(wanted, path))


def test_a_taken_port_is_an_error_and_nothing_stays_open() -> None:
    taken = serve.listen(["127.0.0.1"], 0)
    port = taken[0].getsockname()[1]
    with pytest.raises(OSError, match="Address already in use"):
        serve.listen(["127.0.0.1"], port)
    taken[0].close()
    serve.listen(["127.0.0.1"], port)[0].close()


@pytest.mark.parametrize(
    ("bind", "internal", "addresses"),
    [
        ("127.0.0.1", "127.16.255.254", ["127.0.0.1", "127.16.255.254"]),
        ("127.0.0.1", "127.0.0.1", ["127.0.0.1"]),
        ("127.0.0.1", "", ["127.0.0.1"]),
        ("0.0.0.0", "127.16.255.254", ["0.0.0.0"]),
    ],
)
def test_it_listens_where_clients_and_pods_look(bind: str, internal: str, addresses: list[str]) -> None:
    assert Settings(data_dir=Path(), bind=bind, internal=internal).addresses == addresses


def test_every_served_kind_has_a_schema_and_may_be_named() -> None:
    served = resources()
    kinds = known_kinds(served)
    assert all(schema_of(r) and (r.api_version, f"{r.kind}List") in kinds for r in served)
    assert ("v1", "DeleteOptions") in kinds
