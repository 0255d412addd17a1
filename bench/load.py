"""Load from wrk (https://github.com/wg/wrk): how many requests a second the server answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

LUA = Path(__file__).parent / "lua"
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "NAME"}, "data": {"k": "v"}}
CONTAINER = {
    "name": "c",
    "image": "nginx:1.25",
    "ports": [{"containerPort": 80}],
    "resources": {"requests": {"cpu": "1m"}},
}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "NAME", "labels": {"app": "x"}},
    "spec": {"nodeName": "none", "containers": [CONTAINER]},
}


def get(url: str, token: str, path: str, *, connections: int, seconds: float) -> float:
    """Requests a second of a GET."""
    return _wrk([f"{url}{path}"], "get.lua", token, connections, seconds)


def create(url: str, token: str, resource: str, body: Any, *, connections: int, seconds: float) -> float:
    """Creations a second in the namespace `default`; NAME in `body` is replaced by a new name each time."""
    return _write(url, token, resource, body, "create.lua", connections, seconds)


def apply(url: str, token: str, resource: str, body: Any, *, connections: int, seconds: float) -> float:
    """Server-side applies a second of a hundred objects, each time with another COUNT in `body`."""
    return _write(url, token, resource, body, "apply.lua", connections, seconds)


def _write(
    url: str, token: str, resource: str, body: Any, script: str, connections: int, seconds: float
) -> float:
    group, prefix = body["apiVersion"], f"b{time.time_ns()}"
    path = f"/{'apis' if '/' in group else 'api'}/{group}/namespaces/default/{resource}"
    arguments = [url, "--", path, prefix, json.dumps(body, separators=(",", ":"))]
    return _wrk(arguments, script, token, connections, seconds)


def _wrk(arguments: list[str], script: str, token: str, connections: int, seconds: float) -> float:
    threads = min(2, connections)
    command = [
        "wrk",
        f"-t{threads}",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "-s",
        str(LUA / script),
        *arguments,
    ]
    environment = {**os.environ, "TOKEN": token}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in shown or "Socket errors" in shown:
        raise SystemExit(f"{' '.join(command[:5])} {arguments[0]} met errors:\n{shown}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", shown)
    assert found is not None, shown
    return float(found[1])
