"""`agnhost netexec`: an HTTP and a UDP server whose paths and words tests call. Source: its flags, paths and
log."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from . import certificates, datagrams, web
from .echo import parse
from .speech import log, seconds

DIAL_SECONDS = 5.0
UPLOADS = "/uploads"


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    udp = int(options.get("udp-port", "8081"))
    if udp > 0:
        datagrams.serve(udp, words)
    file = options.get("tls-cert-file", "")
    tls = certificates.context(file, options.get("tls-private-key-file", "")) if file else None
    port = int(options.get("http-port", "8080"))
    log(f"Started HTTP server on port {port}")
    application = _always(options["http-override"]) if "http-override" in options else answer
    code = web.serve(application, [port], server="agnhost", log=False, tls=tls)
    time.sleep(float(options.get("delay-shutdown", "0")))
    return code


def words(data: bytes, peer: tuple[str, int]) -> bytes | None:
    """What a datagram asks for; none of the known words, no answer."""
    asked, _, rest = data.decode(errors="replace").strip().partition(" ")
    said = {"hostname": socket.gethostname(), "echo": rest, "clientip": f"{peer[0]}:{peer[1]}"}
    found = said.get(asked.lower())
    return None if found is None else found.encode()


def answer(request: web.Request) -> web.Response:
    return ROUTES.get(request.path, _now)(request)


def _always(url: str) -> web.Application:
    """Whatever is asked, the answer is that of GET `url`."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    return lambda request: answer(request._replace(method="GET", path=parts.path, query=query))


def _now(request: web.Request) -> web.Response:
    log("GET /")
    return web.Response(f"NOW: {time.strftime('%Y-%m-%d %H:%M:%S')} +0000 UTC m=+{time.monotonic():.9f}")


def _hostname(request: web.Request) -> web.Response:
    log(f"GET {request.path}")
    return web.Response(socket.gethostname())


def _healthy(request: web.Request) -> web.Response:
    log("GET /healthz")
    return web.Response("")


def _echo(request: web.Request) -> web.Response:
    message, code = request.query.get("msg", ""), request.query.get("code", "")
    log(f"GET /echo?msg={message}&code={code}")
    return web.Response(message, int(code or 200))


def _client_ip(request: web.Request) -> web.Response:
    log("GET /clientip")
    return web.Response(request.client)


def _header(request: web.Request) -> web.Response:
    key = request.query.get("key", "")
    log(f"GET /header?key={key}")
    return web.Response(request.headers.get(key, ""))


def _redirect(request: web.Request) -> web.Response:
    location = request.query.get("location", "")
    code = request.query.get("code") or "302"
    log(f"GET /redirect?location={location}&code={code}")
    return web.redirect(location, int(code))


def _exit(request: web.Request) -> web.Response:
    query = request.query
    code, timeout, wait = query.get("code", ""), query.get("timeout", ""), query.get("wait", "")
    log(f"GET /exit?code={code}&timeout={timeout}&wait={wait}")
    try:
        delay = seconds(timeout) + seconds(wait)
        number = int(code or 0)
    except ValueError as error:
        return web.Response(f"{error}\n")
    threading.Timer(delay, os._exit, (number,)).start()
    return web.Response("")


def _shutdown(request: web.Request) -> web.Response:
    log("GET /shutdown")
    os._exit(0)


def _shell(request: web.Request) -> web.Response:
    command = request.query.get("shellCommand") or request.query.get("cmd") or ""
    log(f"GET /shell?cmd={command}")
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = {"output": said} if said else {}
    if done.returncode:
        found["error"] = f"exit status {done.returncode}"
    return web.Response(_json(found))


def _upload(request: web.Request) -> web.Response:
    """One file of a form; stored under a name of its own."""
    log("GET /upload")
    from email import message_from_bytes
    from tempfile import NamedTemporaryFile

    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body).walk()
    file = next((p for p in parts if p.get_param("name", header="content-disposition") == "file"), None)
    if file is None:
        return web.Response(_json({"error": "Unable to upload file."}))
    folder = Path(os.environ.get("WHERRY_ROOT", "") + UPLOADS)
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="upload", delete=False) as made:
        made.write(bytes(file.get_payload(decode=True)))
    Path(made.name).chmod(0o700)
    return web.Response(_json({"output": f"{UPLOADS}/{Path(made.name).name}"}))


def _dial(request: web.Request) -> web.Response:
    """Asks another server, over HTTP or UDP, and tells what it said."""
    query = request.query
    host, port, asked = query.get("host", ""), query.get("port", ""), query.get("request", "")
    protocol, tries = query.get("protocol", "").lower() or "http", query.get("tries", "")
    log(f"GET /dial?host={host}&protocol={protocol}&port={port}&request={asked}&tries={tries}")
    if not asked:
        return web.Response("request parameter not specified. <nil>\n", 400)
    if protocol not in DIALS:
        return web.Response(f"unsupported protocol. {protocol}\n", 400)
    responses, errors = [], []
    for _ in range(int(tries or 1)):
        try:
            responses.append(DIALS[protocol](host, int(port), asked))
        except OSError as error:
            errors.append(str(error))
    found = {**({"responses": responses} if responses else {}), **({"errors": errors} if errors else {})}
    return web.Response(_json(found))


def _dial_http(host: str, port: int, asked: str) -> str:
    with urlopen(f"http://{host}:{port}/{asked}", timeout=DIAL_SECONDS) as said:
        return str(said.read().decode())


def _dial_udp(host: str, port: int, asked: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(DIAL_SECONDS)
        sock.connect((host, port))
        sock.send(asked.encode())
        return sock.recv(2048).decode(errors="replace")


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, separators=(",", ":"))


DIALS: dict[str, Callable[[str, int, str], str]] = {"http": _dial_http, "udp": _dial_udp}
ROUTES: dict[str, web.Application] = {
    "/hostname": _hostname, "/hostName": _hostname, "/healthz": _healthy, "/echo": _echo,
    "/clientip": _client_ip, "/header": _header, "/redirect": _redirect, "/exit": _exit,
    "/shutdown": _shutdown, "/shell": _shell, "/upload": _upload, "/dial": _dial,
}  # fmt: skip
