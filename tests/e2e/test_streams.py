"""Line 4: logs, exec, attach, cp, port-forward, proxy."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import namespaced
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import free_port
from tests.e2e.waiting import until

GREETING = "Hello"
TALKERS = """
apiVersion: v1
kind: Pod
metadata: {name: talkers}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: counter
    image: busybox
    command: [sh, -c, "for i in 1 2 3 4 5; do echo line $i; done; exec sleep 1000"]
  - name: ticker
    image: busybox
    command: [sh, -c, "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done"]
"""
CRASHER = """
apiVersion: v1
kind: Pod
metadata: {name: crasher}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: main, image: busybox, command: [sh, -c, "date +started-%s%N; exit 3"]}
"""


@pytest.fixture(scope="module")
def talkers(admin: Kubectl, manifests: Path) -> Iterator[Kubectl]:
    with namespaced(admin, "streams") as kubectl:
        kubectl("apply", "-f", "-", stdin=TALKERS)
        kubectl("apply", "-f", str(manifests / "demo"))
        kubectl("wait", "--for=condition=Ready", "pod/talkers", "--timeout=30s")
        kubectl("wait", "--for=condition=Available", "deployment/demo", "--timeout=30s")
        until(lambda: "line 5" in kubectl("logs", "talkers", "-c", "counter"))
        yield kubectl


def test_logs_of_a_container_and_of_all(talkers: Kubectl) -> None:
    assert talkers("logs", "talkers", "-c", "counter").splitlines() == [f"line {i}" for i in range(1, 6)]
    both = talkers("logs", "talkers", "--all-containers", "--prefix")
    assert "[pod/talkers/counter] line 5" in both and "[pod/talkers/ticker] tick 1" in both
    assert "container nothing is not valid for pod talkers" in talkers.fails(
        "logs", "talkers", "-c", "nothing"
    )


def test_logs_tail_limit_and_timestamps(talkers: Kubectl) -> None:
    assert talkers("logs", "talkers", "-c", "counter", "--tail=2").splitlines() == ["line 4", "line 5"]
    assert talkers("logs", "talkers", "-c", "counter", "--tail=0") == ""
    assert talkers("logs", "talkers", "-c", "counter", "--limit-bytes=3") == "lin"
    stamped = talkers("logs", "talkers", "-c", "counter", "--tail=1", "--timestamps")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line 5\n", stamped)


def test_logs_since_a_time_or_an_age(talkers: Kubectl) -> None:
    assert len(talkers("logs", "talkers", "-c", "counter", "--since=1h").splitlines()) == 5
    second = until(lambda: second_second(talkers("logs", "talkers", "-c", "ticker", "--timestamps")))
    later = talkers("logs", "talkers", "-c", "ticker", "--timestamps", f"--since-time={second}Z").splitlines()
    assert later[0].startswith(second)
    assert "tick 1" not in [line.partition(" ")[2] for line in later]


def second_second(stamped: str) -> str:
    """The second (kubectl sends no finer times) after that of the first line, once lines show it."""
    seconds = sorted({line[:19] for line in stamped.splitlines()})
    return seconds[1] if len(seconds) > 1 else ""


def test_logs_follow_until_the_client_leaves(talkers: Kubectl) -> None:
    following = talkers.start("logs", "-f", "talkers", "-c", "ticker", "--tail=1")
    try:
        assert following.stdout is not None
        numbers = [int(following.stdout.readline().split()[1]) for _ in range(4)]
        assert numbers == list(range(numbers[0], numbers[0] + 4))
    finally:
        following.kill()
        following.communicate()


def test_logs_follow_ends_with_the_container(kubectl: Kubectl) -> None:
    kubectl(
        "run",
        "short",
        "--image=busybox",
        "--restart=Never",
        "--",
        "sh",
        "-c",
        "echo one; sleep 0.5; echo two",
    )
    until(lambda: kubectl.path("get", "pod", "short", at=".status.containerStatuses[0].containerID"))
    assert kubectl("logs", "-f", "short").splitlines() == ["one", "two"]


def test_logs_by_selector_and_of_a_deployment(talkers: Kubectl) -> None:
    assert "tick" in talkers("logs", "pod/talkers", "-c", "ticker", "--tail=3")
    talkers("logs", "deployment/demo")
    talkers("logs", "-l", "app=demo")


def test_previous_logs_are_those_of_the_last_container(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=CRASHER)
    restarts = ".status.containerStatuses[0].restartCount"
    until(lambda: kubectl.path("get", "pod", "crasher", at=restarts) == "1", 30, "one restart")
    until(lambda: "started-" in kubectl("logs", "crasher"))
    before, now = kubectl("logs", "crasher", "--previous"), kubectl("logs", "crasher")
    assert before.startswith("started-") and before < now


def test_exec_gives_output_and_exit_code(talkers: Kubectl) -> None:
    done = talkers.run("exec", "talkers", "-c", "counter", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.returncode) == ("out\n", 7)
    assert done.stderr == "err\ncommand terminated with exit code 7\n"
    missing = talkers.run("exec", "talkers", "-c", "counter", "--", "no-such-program")
    assert missing.returncode != 0 and "no-such-program" in missing.stderr


def test_exec_reads_standard_input(talkers: Kubectl) -> None:
    assert (
        talkers("exec", "-i", "talkers", "-c", "counter", "--", "tr", "a-z", "A-Z", stdin="shout\n")
        == "SHOUT\n"
    )
    big = "0123456789" * 50_000
    assert talkers("exec", "-i", "talkers", "-c", "counter", "--", "cat", stdin=big) == big


def test_exec_with_a_terminal(talkers: Kubectl) -> None:
    command = talkers.command(
        "exec", "-it", "talkers", "-c", "counter", "--", "sh", "-c", "tty; stty size; exit 4"
    )
    wrapped = ["script", "-qec", " ".join(f"'{part}'" for part in command), "/dev/null"]
    done = subprocess.run(
        wrapped, capture_output=True, text=True, env=talkers.environment, timeout=30, stdin=subprocess.DEVNULL
    )
    assert "/dev/pts/" in done.stdout
    assert re.search(r"^\d+ \d+\r?$", done.stdout, re.MULTILINE)
    assert "exit code 4" in done.stdout + done.stderr


def test_exec_sees_the_pods_environment_and_name(talkers: Kubectl) -> None:
    env = talkers("exec", "talkers", "-c", "counter", "--", "env")
    assert "HOSTNAME=talkers" in env and "KUBERNETES_SERVICE_HOST=" in env


def test_attach_shows_what_comes(talkers: Kubectl) -> None:
    attached = talkers.start("attach", "talkers", "-c", "ticker")
    try:
        assert attached.stdout is not None
        lines = iter(attached.stdout.readline, "")
        assert any(line.startswith("tick ") for line in lines)
    finally:
        attached.kill()
        attached.communicate()


def test_run_attached_and_removed(kubectl: Kubectl) -> None:
    command = ["run", "once", "-i", "--rm", "--restart=Never", "--image=busybox", "--", "cat"]
    said = kubectl(*command, stdin="through\n")
    assert "through" in said and 'pod "once" deleted' in said
    assert kubectl.names("pod") == []


def test_cp_moves_files_both_ways(talkers: Kubectl, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(bytes(range(256)) * 100)
    target = f"/tmp/{tmp_path.name}-copied"
    talkers("cp", str(tmp_path / "in"), f"talkers:{target}", "-c", "counter")
    talkers("cp", f"talkers:{target}", str(tmp_path / "out"), "-c", "counter")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()
    talkers("exec", "talkers", "-c", "counter", "--", "rm", target)


def fetch(url: str) -> str:
    """The body, "" while nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
    except (TimeoutError, urllib.error.URLError, ConnectionError):
        return ""


@contextmanager
def running(kubectl: Kubectl, *args: str) -> Iterator[subprocess.Popen[str]]:
    process = kubectl.start(*args)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("target", "port"), [("service/demo", 9999), ("deployment/demo", 8888), ("pod", 8888)]
)
def test_port_forward_reaches_the_demo(talkers: Kubectl, target: str, port: int) -> None:
    if target == "pod":
        target = f"pod/{talkers.names('pod', '-l', 'app=demo')[0]}"
    local = free_port()
    with running(talkers, "port-forward", target, f"{local}:{port}") as forward:
        assert forward.stdout is not None
        assert forward.stdout.readline() == f"Forwarding from 127.0.0.1:{local} -> 8888\n"
        for _ in range(5):
            assert GREETING in fetch(f"http://127.0.0.1:{local}/")
        assert forward.poll() is None


def test_port_forward_to_a_closed_port_says_so(talkers: Kubectl) -> None:
    local = free_port()
    with running(talkers, "port-forward", "pod/talkers", f"{local}:81") as forward:
        assert forward.stdout is not None
        forward.stdout.readline()
        assert fetch(f"http://127.0.0.1:{local}/") == ""
        seen = [forward.stdout.readline() for _ in range(3)]
    assert any("refused" in line for line in seen), seen


def test_kubectl_proxy_serves_the_api_without_credentials(talkers: Kubectl) -> None:
    with running(talkers, "proxy", "--port=0") as proxy:
        assert proxy.stdout is not None
        address = proxy.stdout.readline().split()[-1]
        namespace = f"http://{address}/api/v1/namespaces/{talkers.namespace}"
        assert json.loads(fetch(f"{namespace}/services/demo"))["metadata"]["name"] == "demo"
        (pod,) = talkers.names("pod", "-l", "app=demo")
        assert GREETING in fetch(f"{namespace}/pods/{pod}:8888/proxy/")
        assert GREETING in fetch(f"{namespace}/services/demo:9999/proxy/")


def test_proxy_subresources_answer_over_the_api(talkers: Kubectl) -> None:
    base = f"/api/v1/namespaces/{talkers.namespace}"
    (pod,) = talkers.names("pod", "-l", "app=demo")
    for path in (
        f"{base}/pods/{pod}/proxy/",
        f"{base}/pods/{pod}:8888/proxy/",
        f"{base}/services/demo/proxy/",
    ):
        assert GREETING in talkers("get", "--raw", path)
    assert talkers("get", "--raw", "/api/v1/nodes/node-1/proxy/healthz") == "ok"
    assert "error trying to reach service" in talkers.fails("get", "--raw", f"{base}/pods/talkers:81/proxy/")


def test_kubectl_136_streams_too(kubectl_136: str, talkers: Kubectl) -> None:
    newest = Kubectl(kubectl_136, talkers.kubeconfig, talkers.namespace)
    done = newest.run("exec", "-i", "talkers", "-c", "counter", "--", "sh", "-c", "cat; exit 5", stdin="x")
    assert (done.stdout, done.returncode) == ("x", 5)
    local = free_port()
    with running(newest, "port-forward", "service/demo", f"{local}:9999") as forward:
        assert forward.stdout is not None
        forward.stdout.readline()
        assert GREETING in fetch(f"http://127.0.0.1:{local}/")
