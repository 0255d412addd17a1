"""Applications that kubectl puts up and looks at (upstream: test/e2e/kubectl/kubectl.go, logs.go)."""

from __future__ import annotations

from functools import partial
from typing import Any

import yaml

from tests.conformance.api import Api
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.59"
NAUTILUS = "registry.k8s.io/e2e-test-images/nautilus:1.7"
Object = dict[str, Any]


def container(name: str, image: str, port: int, *args: str) -> Object:
    return {"name": name, "image": image, "args": [*args], "ports": [{"containerPort": port}]}


def replicated(kind: str, name: str, replicas: int, labels: Object, content: Object) -> str:
    """The manifest of a Deployment or of a ReplicationController."""
    selector = {"matchLabels": labels} if kind == "Deployment" else labels
    template = {"metadata": {"labels": labels}, "spec": {"containers": [content]}}
    spec = {"replicas": replicas, "selector": selector, "template": template}
    version = "apps/v1" if kind == "Deployment" else "v1"
    return yaml.safe_dump({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec})


def service(name: str, labels: Object, port: int) -> str:
    spec = {"ports": [{"port": port}], "selector": labels}
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})


def test_update_demo_is_scaled(api: Api, kubectl: Kubectl, pods: str) -> None:
    """«should scale a replication controller»"""
    labels = {"name": "update-demo", "version": "nautilus"}
    demo = replicated(
        "ReplicationController", "update-demo", 2, labels, container("update-demo", NAUTILUS, 80)
    )
    kubectl("create", "-f", "-", stdin=demo)

    def shows(count: int) -> bool:
        names = kubectl(
            "get", "pods", "-o", "template", "--template={{range.items}}{{.metadata.name}} {{end}}"
        )
        answers = [api.ask("GET", f"{pods}/{name}/proxy/data.json") for name in names.split()]
        return [answer.obj for answer in answers] == [{"image": "nautilus.jpg"}] * count

    for count in (2, 1):
        kubectl("scale", "rc", "update-demo", f"--replicas={count}", "--timeout=1m")
        until(partial(shows, count), what=f"{count} pods that show the nautilus")
    kubectl("delete", "--grace-period=0", "--force", "-f", "-", stdin=demo)


def guestbook() -> str:
    front, primary = {"tier": "frontend"}, {"tier": "backend", "role": "primary"}
    replica = {"tier": "backend", "role": "replica"}
    backend = ("--http-port", "6379")
    parts = (
        service("agnhost-replica", replica, 6379),
        service("agnhost-primary", primary, 6379),
        service("frontend", front, 80),
        replicated(
            "Deployment",
            "frontend",
            3,
            front,
            container("web", AGNHOST, 80, "guestbook", "--backend-port", "6379"),
        ),
        replicated(
            "Deployment", "primary", 1, primary, container("primary", AGNHOST, 6379, "guestbook", *backend)
        ),
        replicated(
            "Deployment",
            "replica",
            2,
            replica,
            container("replica", AGNHOST, 6379, "guestbook", "--replicaof", "agnhost-primary", *backend),
        ),
    )
    return "---\n".join(parts)


def test_the_guestbook_keeps_an_entry(api: Api, kubectl: Kubectl, namespace: str) -> None:
    """«should create and stop a working application»"""
    kubectl("create", "-f", "-", stdin=guestbook())
    path = f"/api/v1/namespaces/{namespace}/services/frontend/proxy/guestbook"

    def says(command: str, value: str, answer: str) -> None:
        ask = {"cmd": command, "key": "messages", "value": value}
        until(lambda: api.ask("GET", path, **ask).text == answer, what=f"{command} to say {answer}")

    says("get", "", '{"data":""}')
    says("set", "TestEntry", '{"message":"Updated"}')
    says("get", "", '{"data":"TestEntry"}')
    kubectl("delete", "--grace-period=0", "--force", "-f", "-", stdin=guestbook())


def test_logs_are_filtered(kubectl: Kubectl) -> None:
    """«should be able to retrieve and filter logs»"""
    run = ("run", "logs-generator", f"--image={AGNHOST}", "--restart=Never", "--", "logs-generator")
    kubectl(*run, "--log-lines-total", "40", "--run-duration", "2s")

    def lines(*options: str) -> list[str]:
        return kubectl.run("logs", "logs-generator", *options).stdout.splitlines()

    until(lambda: any("/api/v1/namespaces/kube-system" in line for line in lines()))
    assert len(lines("--tail=1")) == 1
    assert [len(line) for line in lines("--limit-bytes=1")] == [1]
    until(lambda: len(lines("--since=24h")) > 25, what="lines that are older than a second")
    assert len(lines("--since=1s")) < len(lines("--since=24h"))
