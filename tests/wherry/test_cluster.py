"""A real cluster through the Python API and the commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import run
from wherry.api import AsyncCluster, Cluster
from wherry.cluster import state
from wherry.cluster.paths import ClusterPaths
from wherry.errors import CliError

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "shell"},
    "spec": {"containers": [{"name": "sh", "image": "busybox", "command": ["sleep", "600"]}]},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(nodes=1) as found:
        found.apply(POD)
        yield found


def wherry(cluster: Cluster, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wherry", words[0], "--kubeconfig", str(cluster.kubeconfig), *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, input=stdin)


def test_what_was_applied_is_ready(cluster: Cluster) -> None:
    (pod,) = cluster.get("po", "shell")
    assert pod["status"]["phase"] == "Running"
    cluster.wait("pod", "shell")


def test_applying_again_changes_nothing(cluster: Cluster) -> None:
    manifest = json.dumps(POD)
    assert wherry(cluster, "apply", "-f", "-", stdin=manifest).stdout == "pod/shell unchanged\n"


def test_get_prints_the_servers_table(cluster: Cluster) -> None:
    head, line = wherry(cluster, "get", "pods").stdout.splitlines()
    assert head.split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert line.split()[:4] == ["shell", "1/1", "Running", "0"]
    assert wherry(cluster, "get", "pods", "-o", "name").stdout == "pod/shell\n"


def test_exec_passes_streams_and_the_exit_code(cluster: Cluster) -> None:
    done = wherry(cluster, "exec", "-i", "shell", "--", "sh", "-c", "cat; echo oops >&2; exit 3", stdin="hi")
    assert (done.returncode, done.stdout, done.stderr) == (3, "hi", "oops\n")


def test_unknown_things_are_refused_in_one_line(cluster: Cluster) -> None:
    assert wherry(cluster, "get", "gadgets").stderr.startswith(
        'error: the server has no resource type "gadgets"'
    )
    assert wherry(cluster, "get", "pod", "nix").stderr == 'error: pods "nix" not found (NotFound)\n'
    assert wherry(cluster, "exec", "nix", "--", "ls").stderr == 'error: pods "nix" not found (NotFound)\n'


def test_describe_ends_with_the_events(cluster: Cluster) -> None:
    text = wherry(cluster, "describe", "pod/shell").stdout
    assert text.startswith("Name:           shell\n")
    assert "Started" in text.partition("Events:")[2]


def test_delete_waits_until_it_is_gone(cluster: Cluster) -> None:
    other = {**POD, "metadata": {"name": "other"}}
    cluster.apply(other)
    done = wherry(cluster, "delete", "pod", "other", "--grace-period", "0")
    assert done.stdout == 'pod "other" deleted\n'
    assert [pod["metadata"]["name"] for pod in cluster.get("pods")] == ["shell"]


def test_a_token_of_a_service_account(cluster: Cluster) -> None:
    command = [
        sys.executable,
        "-m",
        "wherry",
        "token",
        "create",
        "default",
        "--kubeconfig",
        str(cluster.kubeconfig),
    ]
    assert (
        subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.count(".") == 2
    )


def test_a_second_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    async def work() -> None:
        options = {"nodes": 0, "data_dir": tmp_path, "storage": "sqlite"}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}, "data": {"a": "b"}}
        async with AsyncCluster(**options) as first:  # type: ignore[arg-type]
            (before,) = await first.apply(body)
        async with AsyncCluster(**options) as second:  # type: ignore[arg-type]
            (after,) = await second.get("cm", "kept")
        assert after == before

    run(work(), limit=60)


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def test_a_component_that_dies_is_started_again() -> None:
    with Cluster(nodes=0) as found:
        paths = ClusterPaths(found.data_dir)

        def pid() -> int:
            record = state.read(paths)
            assert record is not None
            return record.pids.get("scheduler", 0)

        before = pid()
        os.kill(before, signal.SIGKILL)
        until(lambda: pid() not in (0, before))
        assert state.alive(pid())


def test_processes_are_called_what_they_are(cluster: Cluster) -> None:
    record = state.read(ClusterPaths(cluster.data_dir))
    assert record is not None
    for component, pid in record.pids.items():
        assert psutil.Process(pid).cmdline()[0].startswith(f"wherry {component} ")


def test_components_end_with_their_supervisor() -> None:
    with pytest.raises(CliError, match="no cluster is running"), Cluster(nodes=0) as found:
        record = state.read(ClusterPaths(found.data_dir))
        assert record is not None
        os.kill(record.supervisor, signal.SIGKILL)
        until(lambda: not any(state.alive(pid) for pid in record.pids.values()))


def test_a_cluster_that_cannot_start_says_why(cluster: Cluster) -> None:
    with pytest.raises(CliError, match="is in use"), Cluster(data_dir=cluster.data_dir):
        pass


def test_the_pytest_plugin_gives_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_nodes(wherry_cluster):\n    assert len(wherry_cluster.get('nodes')) == 3\n"
    )
    words = ["-m", "pytest", "-p", "wherry.pytest_plugin", "--wherry-nodes=3", "--wherry-runtime=simulated"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout
