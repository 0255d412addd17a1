"""The API server as a process: opens the store, makes the certificates, writes the default objects,
serves."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import socket
from pathlib import Path

from ..apimachinery.clock import Clock, rfc3339
from . import serve
from .app import App, build
from .bootstrap import identity
from .bootstrap.cluster import BootstrapSettings
from .bootstrap.reconcile import reconcile
from .endpoints.internal import InternalWriter
from .pki import bundle, handout, kubeconfig
from .pki.bundle import Pki, PkiSettings
from .settings import Settings
from .storage.contract import Store
from .storage.memory import MemoryStore
from .storage.sqlite import SqliteStore
from .storage.storage import Storage

log = logging.getLogger("wherry.apiserver")


def ensure_pki(settings: Settings, clock: Clock) -> Pki:
    """Certificates for this server, its components and its nodes."""
    names = (settings.advertise, settings.bind, settings.internal, *settings.extra_names)
    wanted = PkiSettings(
        service_ip=settings.service_ip,
        extra_names=tuple(dict.fromkeys(n for n in names if n not in ("", "0.0.0.0", "::"))),
        nodes={name: tuple(addresses) for name, addresses in settings.nodes.items()},
    )
    return bundle.ensure(settings.data_dir, wanted, clock.now())


def open_store(settings: Settings, clock: Clock) -> Store:
    if settings.storage == "memory":
        return MemoryStore(clock)
    directory: Path = settings.data_dir / "store"
    directory.mkdir(parents=True, exist_ok=True)
    return SqliteStore.open(directory / "wherry.db", clock)


async def assemble(settings: Settings, pki: Pki, clock: Clock, rng: random.Random) -> App:
    """The app with its storage open and the default objects in place."""
    storage = await Storage.open(open_store(settings, clock), clock)
    app = build(settings, storage, pki, clock, rng)
    await reconcile(bootstrap(settings, pki, clock), InternalWriter(app.server))
    app.addresses.repair()
    app.aggregator.start()
    app.gate.start()
    return app


def bootstrap(settings: Settings, pki: Pki, clock: Clock) -> BootstrapSettings:
    return BootstrapSettings(
        service_ip=settings.service_ip,
        service_cidr=settings.service_cidr,
        dns_ip=settings.cluster_dns,
        storage_class=settings.storage_class,
        advertise_address=settings.internal,
        port=settings.port,
        server=settings.url,
        ca=_client_authorities(settings, pki),
        front_proxy_ca=pki.front_proxy_ca.certificate.decode(),
        now=rfc3339(clock.now()),
        host=socket.gethostname().lower(),
    )


def _client_authorities(settings: Settings, pki: Pki) -> str:
    """PEM of whom clients' certificates may be from."""
    given = settings.client_ca_file
    return (given.read_text() if given is not None else "") + pki.ca.certificate.decode()


def _https(app: App, settings: Settings, pki: Pki) -> serve.HttpsServer:
    cert, key = settings.serving_certificate or (pki.certificate("apiserver"), pki.key("apiserver"))
    return serve.build(
        app.asgi,
        cert=str(cert),
        key=str(key),
        authorities=_client_authorities(settings, pki) + pki.front_proxy_ca.certificate.decode(),
    )


async def _make_pages(app: App, server: serve.HttpsServer) -> None:
    """Once the server is up, so that it is not later for it."""
    await server.up.wait()
    await asyncio.to_thread(app.pages.make)


async def _first(up: asyncio.Event, serving: asyncio.Task[None]) -> None:
    """Returns when the server is up or has ended without coming up."""
    waiting = asyncio.create_task(up.wait(), name="https-up")
    try:
        await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


_log = logging.getLogger("wherry.apiserver")


async def run(settings: Settings, clock: Clock, *, ready: asyncio.Event | None = None) -> None:
    """Serves until cancelled; then finishes what is under way and closes the store."""
    pki = ensure_pki(settings, clock)
    if settings.serving_certificate is None:
        kubeconfig.write_all(settings.data_dir, pki, server=settings.url)
    if settings.handout is not None:
        url = settings.handout_url or settings.url
        handout.write(settings.handout, pki, server=url, public=settings.url, nodes=list(settings.nodes))
    app = await assemble(settings, pki, clock, random.Random(secrets.randbits(256)))
    server = _https(app, settings, pki)
    sockets = serve.listen(settings.addresses, settings.port)
    serving = asyncio.create_task(server.serve(sockets=sockets), name="https")
    renewal = identity.renew(bootstrap(settings, pki, clock), InternalWriter(app.server), clock)
    renewing = asyncio.create_task(renewal, name="identity lease")
    making = asyncio.create_task(_make_pages(app, server), name="pages")
    try:
        await _first(server.up, serving)
        _log.info("serving on %s", settings.url)
        if ready is not None:
            ready.set()
        await asyncio.shield(serving)
    finally:
        renewing.cancel()
        making.cancel()
        await asyncio.gather(renewing, making, return_exceptions=True)
        app.end_watches()
        server.should_exit = True
        await serving
        for listener in sockets:
            listener.close()
        await app.close()
