"""A cluster of real processes, started and stopped as a user would: `wherry up`, `wherry down`."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, Self


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Answer(NamedTuple):
    """One HTTP answer of the API server."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class LocalCluster:
    """`root` holds its data, kubeconfig and logs. As a context it is started, and stopped at the end."""

    def __init__(self, root: Path, *options: str, nodes: int = 2) -> None:
        self.data = root / "data"
        self.kubeconfig = root / "kubeconfig"
        self.port = free_port()
        self.up = False
        self._options = [f"--nodes={nodes}", *options]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def start(self) -> None:
        up = [
            "up",
            f"--data-dir={self.data}",
            f"--port={self.port}",
            f"--kubeconfig={self.kubeconfig}",
            "--detach",
        ]
        done = self._wherry(*up, *self._options)
        assert done.returncode == 0, f"wherry up: {done.stdout}{done.stderr}"
        self.up = True

    def stop(self) -> None:
        done = self._wherry("down", f"--data-dir={self.data}")
        assert done.returncode == 0, f"wherry down: {done.stdout}{done.stderr}"
        self.up = False

    def _wherry(self, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "wherry", *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def pid(self, component: str) -> int:
        """Of a component's process, 0 while it has none."""
        state = json.loads((self.data / "run" / "cluster.json").read_text())
        return int(state["pids"].get(component, 0))

    def kill(self, component: str) -> None:
        """`kill -9` of one component's process."""
        pid = self.pid(component)
        assert pid, f"{component} does not run"
        os.kill(pid, signal.SIGKILL)

    def log(self, component: str) -> str:
        return (self.data / "logs" / f"{component}.log").read_text()

    def connect(self) -> http.client.HTTPSConnection:
        """To the API server, as the administrator."""
        pki = self.data / "pki"
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=30)

    def request(
        self, method: str, path: str, body: bytes = b"", content_type: str = "application/json"
    ) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, body or None, {"Content-Type": content_type})
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()
