"""A throw-away cluster to measure, as a user gets it: TLS, RBAC, admission and the durable store are on."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

WAIT = 60.0
# Nodes and pods of the benchmarks have no kubelet behind them; these controllers would clear them away.
LEFT_OUT = ("node-lifecycle-controller", "taint-eviction-controller", "pod-garbage-collector-controller")


class Api:
    """One keep-alive connection to the API server, blocking; answers above 299 end the program."""

    def __init__(self, port: int, token: str = "", client: tuple[Path, Path] | None = None) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if client is not None:
            context.load_cert_chain(*client)
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=WAIT)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def bytes(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> bytes:
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, {**self._headers, "Content-Type": kind})
        answer = self._connection.getresponse()
        found = answer.read()
        if answer.status > 299:
            raise SystemExit(f"{method} {path}: {answer.status} {found[:300]!r}")
        return found

    def status(self, method: str, path: str) -> int:
        """The answer's status, whatever it is."""
        self._connection.request(method, path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def __call__(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        return json.loads(self.bytes(method, path, body, kind))


class Cluster:
    """A cluster in a temporary directory; `with` starts and stops it.

    `ready_seconds` is the time from starting the process to the first `/readyz` that says ok, `up_seconds`
    that to the end of `wherry up --detach`: every component runs and every node is Ready.
    """

    def __init__(self, *options: str, nodes: int = 0) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="wherry-bench-"))
        self.data = self._directory / "data"
        self.port = _free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.ready_seconds = self.up_seconds = 0.0
        where = ["--data-dir", str(self.data)]
        kubeconfig = ["--kubeconfig", str(self._directory / "kubeconfig")]
        size = ["--port", str(self.port), "--nodes", str(nodes)]
        self._up = ["up", *where, *kubeconfig, *size, "--detach", *options]
        self._down = ["down", *where]

    def __enter__(self) -> Cluster:
        started = time.monotonic()
        watch = threading.Thread(target=self._watch_readyz, args=(started,))
        watch.start()
        _wherry(self._up)
        self.up_seconds = time.monotonic() - started
        watch.join()
        return self

    def __exit__(self, *_: object) -> None:
        _wherry(self._down)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _watch_readyz(self, started: float) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        while time.monotonic() - started < WAIT:
            try:
                connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=1)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    self.ready_seconds = time.monotonic() - started
                    return
            except OSError:
                time.sleep(0.005)

    def admin(self) -> Api:
        """With the administrator's client certificate."""
        pki = self.data / "pki"
        return Api(self.port, client=(pki / "admin.crt", pki / "admin.key"))

    def token(self) -> str:
        """Of a new service account that may do everything, through RBAC."""
        admin, name = self.admin(), "bench"
        accounts = "/api/v1/namespaces/default/serviceaccounts"
        admin("POST", accounts, {"metadata": {"name": name}})
        binding = {
            "metadata": {"name": name},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "cluster-admin",
            },
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
        }
        admin("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
        found: str = admin("POST", f"{accounts}/{name}/token", {"spec": {}})["status"]["token"]
        return found

    def processes(self) -> dict[str, int]:
        """Its components' process ids by name."""
        found: dict[str, int] = self._state()["pids"]
        return found

    def _state(self) -> Any:
        return json.loads((self.data / "run" / "cluster.json").read_text())

    def memory(self) -> float:
        """MB (10^6 bytes) of all its processes: proportional set size, so that shared pages count once."""
        supervisor = psutil.Process(self._state()["supervisor"])
        pids = [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]
        return sum(map(_pss, pids)) / 1e6

    def memory_by_process(self) -> dict[str, float]:
        """The same by component, without what the components started."""
        return {name: _pss(pid) / 1e6 for name, pid in self.processes().items()}


class Processor:
    """Processor time of a cluster's components, from when this was made or from their start."""

    def __init__(self, cluster: Cluster, *, since_start: bool = False) -> None:
        self._cluster = cluster
        self._before = {} if since_start else self._read()

    def _read(self) -> dict[str, float]:
        times = {name: psutil.Process(pid).cpu_times() for name, pid in self._cluster.processes().items()}
        return {name: time.user + time.system for name, time in times.items()}

    def seconds(self) -> dict[str, float]:
        """By component. It depends less on what else the machine does than elapsed time."""
        return {name: now - self._before.get(name, 0.0) for name, now in self._read().items()}

    def note(self) -> str:
        """Of the components that used most."""
        used = sorted(self.seconds().items(), key=lambda one: -one[1])
        return "processor: " + ", ".join(
            f"{name} {seconds:.1f} s" for name, seconds in used if seconds >= 0.05
        )


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wherry(arguments: list[str]) -> None:
    # An installed package is compiled, and so is a checkout from its second start on but for this variable.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "wherry", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"wherry {' '.join(arguments)}: {done.stdout}{done.stderr}")
