"""The release strategies and the probes of `manifests/`, as their pages describe them."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until


def greeting(kubectl: Kubectl, service: str) -> str:
    """What the Service answers, on a connection of its own; "" when it does not."""
    address = kubectl.path("get", "service", service, at=".spec.clusterIP")
    try:
        with urllib.request.urlopen(f"http://{address}:9999/", timeout=5) as answer:
            return str(answer.read().decode()).strip()
    except (urllib.error.URLError, OSError):
        return ""


def rolled_out(kubectl: Kubectl, *names: str) -> None:
    for name in names:
        kubectl("rollout", "status", f"deployment/{name}", "--timeout=60s")


def test_blue_green_moves_everybody_at_once_and_back(kubectl: Kubectl, manifests: Path) -> None:
    folder = manifests / "blue-green"
    kubectl("apply", "-f", str(folder))
    rolled_out(kubectl, "demo-blue", "demo-green")
    until(lambda: greeting(kubectl, "shop") == "Hello from blue", what="blue")
    assert {greeting(kubectl, "shop") for _ in range(8)} == {"Hello from blue"}
    kubectl("apply", "-f", str(folder / "switched"))
    until(lambda: greeting(kubectl, "shop") == "Hello from green", what="green")
    assert {greeting(kubectl, "shop") for _ in range(8)} == {"Hello from green"}
    kubectl("apply", "-f", str(folder / "service.yaml"))
    until(lambda: greeting(kubectl, "shop") == "Hello from blue", what="blue again")


def test_a_patch_of_the_selector_switches_too(kubectl: Kubectl, manifests: Path) -> None:
    kubectl("apply", "-f", str(manifests / "blue-green"))
    rolled_out(kubectl, "demo-blue", "demo-green")
    kubectl("patch", "service", "shop", "-p", '{"spec":{"selector":{"color":"green"}}}')
    until(lambda: greeting(kubectl, "shop") == "Hello from green", what="green")


def test_a_canary_meets_its_share_of_the_requests(kubectl: Kubectl, manifests: Path) -> None:
    kubectl("apply", "-f", str(manifests / "canary"))
    rolled_out(kubectl, "demo-canary", "demo-stable")
    until(lambda: shares(kubectl, 10) == {"Hello from stable": 9, "Hello from canary": 1}, what="1 of 10")
    kubectl("scale", "deployment/demo-canary", "--replicas=5")
    kubectl("scale", "deployment/demo-stable", "--replicas=5")
    rolled_out(kubectl, "demo-canary", "demo-stable")
    until(
        lambda: shares(kubectl, 10) == {"Hello from stable": 5, "Hello from canary": 5}, 60, "half and half"
    )


def shares(kubectl: Kubectl, requests: int) -> Counter[str]:
    return Counter(greeting(kubectl, "canary") for _ in range(requests))


def test_a_busy_pod_gets_no_traffic(kubectl: Kubectl, manifests: Path) -> None:
    kubectl("apply", "-f", str(manifests / "probes"))
    rolled_out(kubectl, "liveness", "readiness")
    pod = kubectl.names("pod", "-l", "app=readiness")[0]
    kubectl("exec", pod, "--", "touch", "/state/busy")
    until(lambda: kubectl("get", "pod", pod, "--no-headers").split()[1] == "0/1", what="0/1")
    kubectl("exec", pod, "--", "rm", "/state/busy")
    kubectl("wait", f"pod/{pod}", "--for=condition=Ready", "--timeout=15s")
    assert kubectl("get", "pod", pod, "--no-headers").split()[3] == "0"
