"""A running cluster seen through the commands that stream and those that look at its processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import ProxyHandler, build_opener

import pytest

from wherry.api import Cluster

WEB = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "demo",
                "image": "cloudnatived/demo:hello",
                "ports": [{"name": "http", "containerPort": 8888}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1},
            }
        ]
    },
}
TALKER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "talker"},
    "spec": {
        "restartPolicy": "Never",
        "containers": [{"name": "sh", "image": "busybox", "command": ["sh", "-c", "echo one; echo two"]}],
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 9999, "targetPort": "http"}]},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(nodes=1) as found:
        found.apply([WEB, TALKER, SERVICE])
        yield found


def command(cluster: Cluster, *words: str) -> list[str]:
    return [sys.executable, "-m", "wherry", *words, "--data-dir", str(cluster.data_dir)]


def wherry(cluster: Cluster, *words: str) -> str:
    done = subprocess.run(command(cluster, *words), capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@contextmanager
def printing(cluster: Cluster, *words: str) -> Iterator[Iterator[str]]:
    """The lines of a command that goes on until it is stopped."""
    arguments = command(cluster, *words)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            yield iter(process.stdout.readline, "")
        finally:
            process.terminate()


def test_logs_of_a_pod(cluster: Cluster) -> None:
    assert wherry(cluster, "logs", "talker") == "one\ntwo\n"
    assert wherry(cluster, "logs", "pod/talker", "--tail", "1") == "two\n"


def test_logs_of_a_component(cluster: Cluster) -> None:
    assert "apiserver" in wherry(cluster, "logs", "apiserver", "--tail", "1")
    assert wherry(cluster, "logs", "pod/apiserver") == 'error: pods "apiserver" not found (NotFound)\n'


def test_status_names_processes_and_nodes(cluster: Cluster) -> None:
    text = wherry(cluster, "status")
    for name in ("supervisor", "apiserver", "controllers", "scheduler", "kubelet-node-1", "proxy"):
        assert f"\n{name} " in text
    assert "\nnode-1 " in text


@pytest.mark.parametrize(("what", "port"), [("web", "http"), ("service/web", "9999")])
def test_forwarded_ports_lead_into_the_pod(cluster: Cluster, what: str, port: str) -> None:
    with printing(cluster, "port-forward", what, f":{port}") as lines:
        words = next(lines).split()
        assert words[-1] == "8888"
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"http://{words[2]}/", timeout=10) as answer:
            assert answer.read() == "Hello, 世界\n".encode()


def test_watching_prints_changes(cluster: Cluster) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "watched", "labels": {"seen": "yes"}},
    }
    with printing(cluster, "get", "configmaps", "-l", "seen=yes", "-w") as lines:
        assert next(lines).split() == ["NAME", "DATA", "AGE"]
        cluster.apply(body)
        assert next(lines).split()[:2] == ["watched", "0"]
        cluster.apply({**body, "data": {"a": "b"}})
        assert next(lines).split()[:2] == ["watched", "1"]


def test_a_kubeconfig_can_be_printed_and_written(cluster: Cluster) -> None:
    assert "client-key-data" in wherry(cluster, "kubeconfig")
    assert wherry(cluster, "kubeconfig", "--path").strip().endswith("kubeconfig/admin.conf")
