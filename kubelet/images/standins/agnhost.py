"""`registry.k8s.io/e2e-test-images/agnhost`: the subcommands that tests use most."""

from __future__ import annotations

import os
import random
import signal
import socket
import string
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from . import datagrams, files, pause, web
from .echo import parse


def main(argv: list[str]) -> int:
    arguments = argv[1:] or ["pause"]
    if arguments[0] == "entrypoint-tester":
        sys.stdout.write(f"[{' '.join(argv)}]\n")
        return 0
    command = COMMANDS.get(arguments[0]) or _module(arguments[0])
    if command is None:
        sys.stderr.write(f'Error: unknown command "{arguments[0]}" for "app"\n')
        return 1
    code = command(arguments[1:])
    return TERMINATED if code == 0 and arguments[0] in UNTIL_TERMINATED else code


def _serve_hostname(arguments: list[str]) -> int:
    options = parse(arguments)
    port, name = int(options.get("port", "9376")), socket.gethostname()
    if options.get("udp", "false") == "true":
        datagrams.serve(port, lambda *_: name.encode())
    if options.get("http", "true") != "true":
        return pause.main(arguments)
    return web.serve(lambda _: web.Response(name), [port], server="serve-hostname", log=False)


def _liveness(arguments: list[str]) -> int:
    """Healthy for ten seconds, then failing: the page on liveness probes."""
    started = time.monotonic()

    def answer(request: web.Request) -> web.Response:
        age = time.monotonic() - started
        if request.path == "/redirect":
            return web.redirect(request.query.get("loc", ""))
        if request.path != "/healthz":
            return web.Response("404 page not found\n", 404)
        return web.Response("ok") if age <= 10 else web.Response(f"error: {age:.6f}", 500)

    return web.serve(answer, [8080], log=False)


def _logs_generator(arguments: list[str]) -> int:
    """Lines as an API server's log has them, evenly over the time of the run."""
    options = parse(arguments)
    total = int(options.get("log-lines-total") or options.get("t") or 0)
    seconds = float((options.get("run-duration") or options.get("d") or "0s").rstrip("s"))
    for number in range(total):
        stamp = time.strftime("%m%d %H:%M:%S", time.gmtime())
        method, namespace = random.choice(_METHODS), random.choice(_NAMESPACES)
        pod = "".join(random.choices(string.ascii_lowercase, k=random.randint(3, 4)))
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}"
        line = f"{number} {method} {path} {random.randrange(200, 600)}"
        sys.stderr.write(f"I{stamp}.000000       1 logs_generator.go:76] {line}\n")
        sys.stderr.flush()
        time.sleep(seconds / max(total, 1))
    return 0


_METHODS, _NAMESPACES = ("GET", "POST", "PUT"), ("kube-system", "default", "ns")


def _pause(arguments: list[str]) -> int:
    sys.stdout.write("Paused\n")
    sys.stdout.flush()
    return pause.main(arguments)


def _crash(arguments: list[str]) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def _test_webserver(arguments: list[str]) -> int:
    """Every file of the container."""
    return files.serve("/", "", [int(parse(arguments).get("port", "80"))], "agnhost", listing=True)


def _resolv_conf(word: str) -> list[str]:
    lines = Path("/etc/resolv.conf").read_text().splitlines()
    return [value for line in lines if line.split()[:1] == [word] for value in line.split()[1:]]


def _dns_suffix(arguments: list[str]) -> int:
    sys.stdout.write(",".join(_resolv_conf("search")) + "\n")
    return 0


def _dns_server_list(arguments: list[str]) -> int:
    sys.stdout.write(",".join(_resolv_conf("nameserver")) + "\n")
    return 0


def load(argv: list[str]) -> None:
    """Imports what the subcommand needs: as another user than root, Python's files may be out of reach."""
    import_module("encodings.idna")  # for names that are looked up
    if len(argv) > 1:
        _module(argv[1])


def _etc_hosts(arguments: list[str]) -> int:
    sys.stdout.write(Path("/etc/hosts").read_text())
    return 0


def _module(name: str) -> Callable[[list[str]], int] | None:
    """Of the subcommands that have a module of their own, which is loaded when it is called."""
    if name not in MODULES:
        return None
    module, _, function = MODULES[name].partition(":")
    found: Callable[[list[str]], int] = getattr(import_module(f".{module}", __package__), function or "main")
    return found


MODULES = {
    "netexec": "netexec", "porter": "porter", "nettest": "nettest", "grpc-health-checking": "health",
    "guestbook": "guestbook", "mounttest": "mounttest", "test-service-account-issuer-discovery": "issuer",
    "webhook": "webhooks:webhook", "crd-conversion-webhook": "webhooks:conversion",
    "port-forward-tester": "portforward",
}  # fmt: skip
"""Subcommand → module, and its function unless that is `main`."""
COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "pause": _pause, "liveness": _liveness, "serve-hostname": _serve_hostname,
    "logs-generator": _logs_generator, "crash": _crash,
    "test-webserver": _test_webserver, "dns-suffix": _dns_suffix, "dns-server-list": _dns_server_list,
    "etc-hosts": _etc_hosts,
}  # fmt: skip
TERMINATED = 2
"""How a Go program ends on a SIGTERM that it does not handle, where it is the first process;
`pause` handles it and ends so as well."""
UNTIL_TERMINATED = frozenset(
    (
        "pause", "liveness", "test-webserver", "porter", "nettest", "grpc-health-checking", "guestbook",
        "webhook", "crd-conversion-webhook",
    )
)  # fmt: skip
"""Subcommands that end so; `netexec` ends with 0."""
