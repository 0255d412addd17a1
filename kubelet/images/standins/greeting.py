"""The applications that upstream's tutorials deploy to have somebody answer: kubernetes-bootcamp, hello-app,
node-hello and echoserver, all on port 8080 whether or not the pod declares it."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable

from . import web

PORT = 8080


def main(argv: list[str]) -> int:
    image = os.environ.get("WHERRY_IMAGE", "")
    say = saying(image, socket.gethostname())
    if "bootcamp" in image:
        started = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        print(f"Kubernetes Bootcamp App Started At: {started} | Running On:  {socket.gethostname()}\n")
    elif "hello-app" in image:
        print(time.strftime("%Y/%m/%d %H:%M:%S"), f"Server listening on port {port()}")
    sys.stdout.flush()
    return web.serve(lambda request: web.Response(say(request)), [port()], server="hello", log=False)


def port() -> int:
    return int(os.environ.get("PORT") or PORT)


def saying(image: str, host: str) -> Callable[[web.Request], str]:
    """What `image` answers to a request on a pod called `host`."""
    version = _version(image)
    if "bootcamp" in image:
        return lambda _: f"Hello Kubernetes bootcamp! | Running on: {host} | v={version[0]}\n"
    if "hello-app" in image:
        return lambda _: f"Hello, world!\nVersion: {version}\nHostname: {host}\n"
    if "node-hello" in image:
        return lambda _: "Hello Kubernetes!"
    return lambda request: echoed(request, host)


def _version(image: str) -> str:
    """Of three parts: 1.0.0 for the tags 1.0 and v1."""
    tag = image.rpartition(":")[2].removeprefix("v")
    parts = [part for part in tag.split(".") if part.isdigit()] or ["1"]
    return ".".join([*parts, "0", "0"][:3])


def echoed(request: web.Request, host: str) -> str:
    """echoserver's page: who asks, and what for."""
    query = "&".join(f"{name}={value}" for name, value in request.query.items())
    headers = "".join(f"\t{name.lower()}={value}\n" for name, value in sorted(request.headers.items()))
    body = request.body.decode(errors="replace") or "\t-no body in request-"
    address = f"{request.headers.get('Host', host).partition(':')[0]}:{PORT}"
    return (
        f"\n\nHostname: {host}\n\nPod Information:\n\t-no pod information available-\n\n"
        "Server values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\n"
        f"Request Information:\n\tclient_address={request.client.rpartition(':')[0]}\n"
        f"\tmethod={request.method}\n\treal path={request.path}\n\tquery={query}\n"
        f"\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://{address}{request.path}\n\n"
        f"Request Headers:\n{headers}\nRequest Body:\n{body}\n\n"
    )
