"""Admission webhooks that run in the cluster, behind a Service (Kubernetes' own conformance tests)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from wherry.apiserver.pki.authority import Authority, Leaf

from tests.e2e.conftest import namespaced
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

SERVER = """
apiVersion: v1
kind: Pod
metadata: {name: hook, labels: {app: hook}}
spec:
  containers:
  - name: hook
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    args: [webhook, --tls-cert-file=/tls/tls.crt, --tls-private-key-file=/tls/tls.key, --port=8444]
    readinessProbe: {httpGet: {scheme: HTTPS, port: 8444, path: /readyz}, periodSeconds: 1}
    volumeMounts: [{name: tls, mountPath: /tls, readOnly: true}]
  volumes: [{name: tls, secret: {secretName: hook}}]
---
apiVersion: v1
kind: Service
metadata: {name: hook}
spec: {selector: {app: hook}, ports: [{port: 8443, targetPort: 8444}]}
"""
KINDS = {"mutating": "MutatingWebhookConfiguration", "validating": "ValidatingWebhookConfiguration"}


class Hooked:
    """A namespace with the webhook server in it."""

    def __init__(self, kubectl: Kubectl) -> None:
        self.kubectl = kubectl
        now = datetime.now(UTC)
        self._authority = Authority.create("webhooks", now)
        name = f"hook.{kubectl.namespace}.svc"
        self._pair = self._authority.issue(Leaf("hook", names=(name,), server=True), now)

    def start(self) -> None:
        tls = {"tls.crt": self._pair.certificate.decode(), "tls.key": self._pair.key.decode()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hook"}, "stringData": tls}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(secret))
        self.kubectl("apply", "-f", "-", stdin=SERVER)
        self.kubectl("wait", "pod/hook", "--for=condition=Ready", "--timeout=45s")
        until(lambda: self.kubectl.ready_endpoints("hook"), what="the webhook's endpoint")

    def hook(self, path: str, resource: str, *operations: str, **more: Any) -> dict[str, Any]:
        service = {"namespace": self.kubectl.namespace, "name": "hook", "port": 8443, "path": path}
        ca = base64.b64encode(self._authority.pair.certificate).decode()
        own = {"kubernetes.io/metadata.name": self.kubectl.namespace}
        names = {"apiGroups": [""], "apiVersions": ["v1"], "resources": [resource]}
        return {
            "name": f"{path.strip('/').replace('/', '-')}.e2e.example.com",
            "clientConfig": {"service": service, "caBundle": ca},
            "rules": [{**names, "operations": list(operations)}],
            "namespaceSelector": {"matchLabels": own},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1", "v1beta1"],
            **more,
        }

    def configure(self, mode: str, *hooks: dict[str, Any]) -> str:
        name = f"{self.kubectl.namespace}-{mode}"
        body = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": KINDS[mode],
            "metadata": {"name": name},
        }
        self.kubectl("apply", "-f", "-", stdin=json.dumps({**body, "webhooks": list(hooks)}))
        return f"{KINDS[mode].lower()}/{name}"

    def config_map(self, name: str, **data: str) -> str:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        return json.dumps(body)


@pytest.fixture(scope="module")
def hooked(admin: Kubectl) -> Iterator[Hooked]:
    with namespaced(admin, "webhooks") as kubectl:
        found = Hooked(kubectl)
        found.start()
        yield found
        for mode in KINDS:
            kubectl("delete", f"{KINDS[mode].lower()}/{kubectl.namespace}-{mode}", "--ignore-not-found")


def test_a_webhook_denies_pods_config_maps_and_connections(hooked: Hooked) -> None:
    kubectl = hooked.kubectl
    kubectl("run", "to-be-attached-pod", "--image=registry.k8s.io/pause:3.10")
    kubectl("wait", "pod/to-be-attached-pod", "--for=condition=Ready", "--timeout=45s")
    name = hooked.configure(
        "validating",
        hooked.hook("/pods", "pods", "CREATE"),
        hooked.hook("/pods/attach", "pods/attach", "CONNECT"),
        hooked.hook("/configmaps", "configmaps", "CREATE", "UPDATE", "DELETE"),
    )
    label = "--labels=webhook-e2e-test=webhook-disallow"
    assert "the pod contains unwanted label" in kubectl.fails("run", "bad", label, "--image=nginx")
    unwanted = {"webhook-e2e-test": "webhook-disallow"}
    text = kubectl.fails("create", "-f", "-", stdin=hooked.config_map("bad", **unwanted))
    assert (
        'admission webhook "configmaps.e2e.example.com" denied the request: the configmap contains unwanted '
        "key and value" in text
    )
    kubectl("create", "-f", "-", stdin=hooked.config_map("good", a="b"))
    patch = json.dumps({"data": unwanted})
    assert "denied the request" in kubectl.fails("patch", "configmap", "good", "-p", patch)
    text = kubectl.fails("attach", "to-be-attached-pod")
    assert "attaching to pod 'to-be-attached-pod' is not allowed" in text
    kubectl("delete", name)
    kubectl("create", "-f", "-", stdin=hooked.config_map("bad", **unwanted))


def test_webhooks_change_config_maps_and_pods(hooked: Hooked) -> None:
    kubectl = hooked.kubectl
    stage = hooked.hook("/mutating-configmaps", "configmaps", "CREATE")
    name = hooked.configure(
        "mutating",
        {**stage, "name": "one.e2e.example.com"},
        {**stage, "name": "two.e2e.example.com"},
        hooked.hook("/mutating-pods", "pods", "CREATE"),
    )
    kubectl("create", "-f", "-", stdin=hooked.config_map("staged", **{"mutation-start": "yes"}))
    data = kubectl.json("get", "configmap", "staged")["data"]
    assert data == dict.fromkeys(("mutation-start", "mutation-stage-1", "mutation-stage-2"), "yes")
    kubectl("run", "webhook-to-be-mutated", "--image=nginx")
    (init,) = kubectl.json("get", "pod", "webhook-to-be-mutated")["spec"]["initContainers"]
    assert (init["name"], init["terminationMessagePolicy"]) == ("webhook-added-init-container", "File")
    kubectl("delete", name)


def test_a_slow_webhook_is_waited_for_as_long_as_it_says(hooked: Hooked) -> None:
    kubectl = hooked.kubectl
    slow = hooked.hook("/always-allow-delay-5s", "configmaps", "CREATE", timeoutSeconds=1)
    hooked.configure("validating", slow)
    text = kubectl.fails("create", "-f", "-", stdin=hooked.config_map("slow"))
    assert "context deadline exceeded" in text
    name = hooked.configure("validating", {**slow, "failurePolicy": "Ignore"})
    kubectl("create", "-f", "-", stdin=hooked.config_map("slow"))
    kubectl("delete", name)


def test_a_webhook_that_nobody_runs_fails_closed(hooked: Hooked) -> None:
    kubectl = hooked.kubectl
    hook = hooked.hook("/configmaps", "configmaps", "CREATE")
    hook["clientConfig"]["service"]["name"] = "nobody"
    name = hooked.configure("validating", hook)
    text = kubectl.fails("create", "-f", "-", stdin=hooked.config_map("closed"))
    assert 'service "nobody" not found' in text
    kubectl("delete", name)
