"""httpGet probes over TLS: certificates are not checked, as a kubelet's never were."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp import test_utils, web
from wherry.apimachinery.clock import SystemClock
from wherry.apiserver.pki.bundle import PkiSettings, ensure
from wherry.kubelet.probes.check import Outcome, Target
from wherry.kubelet.probes.http import HttpAction

from tests.support import run


async def _agent(request: web.Request) -> web.Response:
    return web.Response(text=request.headers["User-Agent"])


def serving(directory: Path) -> ssl.SSLContext:
    pki = ensure(directory, PkiSettings(service_ip="127.48.0.1"), datetime.now(UTC))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pki.certificate("apiserver"), pki.key("apiserver"))
    return context


def probe(directory: Path, scheme: str) -> Outcome:
    async def scenario() -> Outcome:
        app = web.Application()
        app.router.add_get("/healthz", _agent)
        server = test_utils.TestServer(app, scheme="https")
        await server.start_server(ssl=serving(directory))
        async with aiohttp.ClientSession() as session:
            action = HttpAction(lambda: session, SystemClock())
            ask = {"path": "healthz", "port": server.port, "scheme": scheme}
            outcome = await action(Target("127.0.0.1", "c0", {"name": "c"}, {}), ask, 5)
        await server.close()
        return outcome

    return run(scenario())


def test_a_certificate_of_an_unknown_authority_will_do(tmp_path: Path) -> None:
    assert probe(tmp_path, "HTTPS") == Outcome(True, "kube-probe/1.36")


def test_plain_http_to_a_tls_port_fails(tmp_path: Path) -> None:
    assert not probe(tmp_path, "HTTP").ok
