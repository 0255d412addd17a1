"""`wherry etcd`: stands where a program starts an etcd before `wherry kube-apiserver`, which needs none.

It answers `/health` at the addresses it is told and stores nothing.
"""

from __future__ import annotations

import signal
import sys
from urllib.parse import urlsplit

import typer

from ..access import goflags
from ..errors import CliError

CLIENTS = "listen-client-urls"
WITHOUT_EFFECT = ("advertise-client-urls", "data-dir", "listen-peer-urls", "unsafe-no-fsync")


def etcd(context: typer.Context) -> None:
    """Answer for an etcd that is not needed (for envtest)."""
    if {"-h", "--help"} & set(context.args):
        print("\n".join(f"  --{name}" for name in (CLIENTS, *WITHOUT_EFFECT)))
        return
    given = goflags.parse(context.args, (CLIENTS, *WITHOUT_EFFECT), ("unsafe-no-fsync",))
    urls = given.get(CLIENTS, "http://localhost:2379")
    addresses = [address(url) for url in goflags.listed(urls)]
    from ..access import etcd_health

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        etcd_health.serve(addresses)
    except OSError as error:
        raise CliError(f"--{CLIENTS} {urls}: {error.strerror or error}") from None


def address(url: str) -> tuple[str, int]:
    """Where an `http` URL is served. CliError."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        raise CliError(f"--{CLIENTS} {url}: only http is served")
    return parts.hostname or "localhost", parts.port or 2379
