"""`registry.k8s.io/e2e-test-images/agnhost`: the subcommands that tests use most."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from . import files, pause, web
from .echo import parse


def main(argv: list[str]) -> int:
    arguments = argv[1:] or ["pause"]
    command = COMMANDS.get(arguments[0])
    if command is None:
        sys.stderr.write(f'Error: unknown command "{arguments[0]}" for "app"\n')
        return 1
    return command(arguments[1:])


def _hostname(request: web.Request) -> web.Response:
    return web.Response(socket.gethostname())


def _netexec(arguments: list[str]) -> int:
    options = parse(arguments)
    port = int(options.get("http-port", "8080"))
    started = time.monotonic()
    delay = float(options.get("delay-shutdown", "0"))
    udp = int(options.get("udp-port", "8081"))
    if udp > 0:
        threading.Thread(target=_udp, args=(udp,), daemon=True).start()

    def answer(request: web.Request) -> web.Response:
        handler = ROUTES.get(request.path)
        if handler is not None:
            return handler(request)
        if request.path == "/healthz":
            return web.Response("OK")
        return web.Response(
            f"NOW: {time.strftime('%Y-%m-%d %H:%M:%S')} +0000 UTC m=+{time.monotonic() - started:.9f}"
        )

    code = web.serve(answer, [port], server="agnhost", log=False)
    time.sleep(delay)
    return code


def _udp(port: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((os.environ.get("WHERRY_POD_IP", "") if "WHERRY_ROOT" in os.environ else "", port))
    while True:
        data, peer = sock.recvfrom(65536)
        word, _, rest = data.decode(errors="replace").strip().partition(" ")
        answers = {"hostname": socket.gethostname(), "echo": rest, "clientip": peer[0]}
        if word in answers:
            sock.sendto(answers[word].encode(), peer)


def _echo(request: web.Request) -> web.Response:
    return web.Response(request.query.get("msg", ""), int(request.query.get("code") or 200))


def _client_ip(request: web.Request) -> web.Response:
    return web.Response(request.client)


def _exit(request: web.Request) -> web.Response:
    code = int(request.query.get("code") or 0)
    after = float(request.query.get("timeout", "0s").rstrip("s") or 0)
    threading.Timer(after, os._exit, (code,)).start()
    return web.Response("")


def _shell(request: web.Request) -> web.Response:
    command = request.query.get("shellCommand") or request.query.get("cmd") or ""
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    answer = {"output": done.stdout + done.stderr}
    if done.returncode:
        answer["error"] = f"exit status {done.returncode}"
    return web.Response(json.dumps(answer))


def _header(request: web.Request) -> web.Response:
    return web.Response(request.headers.get(request.query.get("key", ""), ""))


def _dial(request: web.Request) -> web.Response:
    """Asks other pods' netexec and tells who answered."""
    from urllib.request import urlopen

    query = request.query
    host, port = query.get("host", ""), query.get("port", "8080")
    responses, errors = [], []
    for _ in range(int(query.get("tries") or 1)):
        try:
            with urlopen(f"http://{host}:{port}/{query.get('request', 'hostname')}", timeout=5) as answer:
                responses.append(answer.read().decode())
        except OSError as error:
            errors.append(str(error))
    body = {"responses": responses, **({"errors": errors} if errors else {})}
    return web.Response(json.dumps(body))


ROUTES: dict[str, Callable[[web.Request], web.Response]] = {
    "/hostname": _hostname, "/hostName": _hostname, "/echo": _echo, "/clientip": _client_ip, "/exit": _exit,
    "/shell": _shell, "/header": _header, "/dial": _dial,
}  # fmt: skip


def _serve_hostname(arguments: list[str]) -> int:
    port = int(parse(arguments).get("port", "9376"))
    return web.serve(_hostname, [port], server="serve-hostname", log=False)


def _liveness(arguments: list[str]) -> int:
    """Healthy for ten seconds, then failing: the page on liveness probes."""
    started = time.monotonic()

    def answer(request: web.Request) -> web.Response:
        age = time.monotonic() - started
        if request.path != "/healthz":
            return web.Response("404 page not found\n", 404)
        return web.Response("ok") if age <= 10 else web.Response(f"error: {age:.6f}", 500)

    return web.serve(answer, [8080], log=False)


def _logs_generator(arguments: list[str]) -> int:
    options = parse(arguments)
    total = int(options.get("log-lines-total") or options.get("t") or 0)
    seconds = float((options.get("run-duration") or options.get("d") or "0s").rstrip("s"))
    for number in range(total):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(f"I{stamp} {number} GET /api/v1/namespaces/default/pods/p{number} 200\n")
        sys.stdout.flush()
        time.sleep(seconds / max(total, 1))
    return 0


def _pause(arguments: list[str]) -> int:
    sys.stdout.write("Paused\n")
    sys.stdout.flush()
    return pause.main(arguments)


def _entrypoint_tester(arguments: list[str]) -> int:
    sys.stdout.write(f"[{' '.join(('/agnhost', 'entrypoint-tester', *arguments))}]\n")
    return 0


def _crash(arguments: list[str]) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def _test_webserver(arguments: list[str]) -> int:
    """Every file of the container."""
    return files.serve("/", "", [int(parse(arguments).get("port", "80"))], "agnhost")


def _resolv_conf(word: str) -> list[str]:
    lines = Path("/etc/resolv.conf").read_text().splitlines()
    return [value for line in lines if line.split()[:1] == [word] for value in line.split()[1:]]


def _dns_suffix(arguments: list[str]) -> int:
    sys.stdout.write(",".join(_resolv_conf("search")) + "\n")
    return 0


def _dns_server_list(arguments: list[str]) -> int:
    sys.stdout.write(",".join(_resolv_conf("nameserver")) + "\n")
    return 0


def _webhook(arguments: list[str]) -> int:
    from . import webhooks

    return webhooks.webhook(arguments)


def _conversion(arguments: list[str]) -> int:
    from . import webhooks

    return webhooks.conversion(arguments)


def _issuer(arguments: list[str]) -> int:
    from . import issuer

    return issuer.main(arguments)


def _mounttest(arguments: list[str]) -> int:
    from . import mounttest

    return mounttest.main(arguments)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "netexec": _netexec, "pause": _pause, "liveness": _liveness, "serve-hostname": _serve_hostname,
    "logs-generator": _logs_generator, "entrypoint-tester": _entrypoint_tester, "crash": _crash,
    "test-webserver": _test_webserver, "dns-suffix": _dns_suffix, "dns-server-list": _dns_server_list,
    "webhook": _webhook, "crd-conversion-webhook": _conversion,
    "test-service-account-issuer-discovery": _issuer, "mounttest": _mounttest,
}  # fmt: skip
