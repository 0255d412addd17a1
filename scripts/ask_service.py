"""Prints what a Service of the default local cluster answers to an HTTP GET of its ClusterIP.

Usage: ask_service.py NAME [NAMESPACE]
"""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from typing import Any

from wherry.client.client import Client
from wherry.client.resources import SERVICES

from wherry.access.session import run
from wherry.access.target import Target
from wherry.errors import CliError

SECONDS = 10.0
PAUSE = 0.1


def address(service: dict[str, Any]) -> str:
    """`CLUSTERIP:PORT` of its first port."""
    return f"{service['spec']['clusterIP']}:{service['spec']['ports'][0]['port']}"


def ask(url: str) -> str:
    """The body; a proxy that has not heard of the Service yet is asked again for a while."""
    deadline = time.monotonic() + SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with opener.open(url, timeout=SECONDS) as answer:
                body: bytes = answer.read()
                return body.decode().rstrip()
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"{url} does not answer: {error}") from None
            time.sleep(PAUSE)


def main() -> None:
    name, namespace = sys.argv[1], (sys.argv[2:] or ["default"])[0]

    async def read(client: Client) -> dict[str, Any]:
        return await client.get(SERVICES, name, namespace)

    try:
        url = f"http://{address(run(Target(), read))}/"
    except CliError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"GET {url}\n{ask(url)}")


if __name__ == "__main__":
    main()
