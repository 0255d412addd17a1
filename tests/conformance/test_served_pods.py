"""What the images of upstream's tests for workloads serve, and how those tests break them (upstream:
test/e2e/apps/{rc,replica_set,statefulset}.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

Object = dict[str, Any]
IMAGES = "registry.k8s.io/e2e-test-images"
HOSTNAMES = {"name": "main", "image": f"{IMAGES}/agnhost:2.59", "args": ["serve-hostname"]}
PAGE = "/usr/local/apache2/htdocs/index.html"


def controller(plural: str, container: Object) -> Object:
    labels = {"name": f"my-hostname-{plural}"}
    selector = labels if plural == "replicationcontrollers" else {"matchLabels": labels}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": selector, "template": template}
    return {"metadata": {"name": "my-hostname"}, "spec": spec}


@pytest.mark.parametrize("plural", ("replicationcontrollers", "replicasets"))
def test_a_basic_image_serves_its_host_name(api: Api, namespace: str, plural: str) -> None:
    """«should serve a basic image on each replica with a public image»"""
    group = "/api/v1" if plural == "replicationcontrollers" else "/apis/apps/v1"
    obj = controller(plural, {**HOSTNAMES, "ports": [{"containerPort": 9376}]})
    api.create(f"{group}/namespaces/{namespace}/{plural}", obj)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    (name,) = until(lambda: api.names(pods, fieldSelector="status.phase=Running"), what="a running pod")
    until(lambda: api.ask("GET", f"{pods}/{name}/proxy/").text == name, what="its own name as the answer")


def test_a_web_server_without_its_page_is_not_ready(kubectl: Kubectl) -> None:
    """How «Scaling should happen in predictable order and halt if any stateful pod is unhealthy» makes pods
    unhealthy, and healthy again."""
    probe = {"httpGet": {"path": "/index.html", "port": 80}, "periodSeconds": 1, "failureThreshold": 1}
    web = {"name": "webserver", "image": f"{IMAGES}/httpd:2.4.38-4", "readinessProbe": probe}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [web]}}
    kubectl("create", "-f", "-", stdin=f"{pod}".replace("'", '"'))
    kubectl("wait", "pod/web", "--for=condition=Ready", "--timeout=30s")
    kubectl("exec", "web", "--", "/bin/sh", "-x", "-c", f"mv -v {PAGE} /tmp/ || true")
    kubectl("wait", "pod/web", "--for=condition=Ready=false", "--timeout=30s")
    kubectl("exec", "web", "--", "/bin/sh", "-x", "-c", f"mv -v /tmp/index.html {PAGE} || true")
    kubectl("wait", "pod/web", "--for=condition=Ready", "--timeout=30s")
